/** A JSON scalar; no lists or objects (domain-reference §2.13). */
export type AttributeValue = boolean | null | number | string;
export type Attributes = Readonly<Record<string, AttributeValue>>;
