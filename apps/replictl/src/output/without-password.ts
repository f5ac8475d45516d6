/** An address as it may be printed: its user and password left out, since terminals and logs of builds keep them. */
export const withoutPassword = (address: string): string => address.replace(/\/\/[^/?#\s]*@/, '//…@');
