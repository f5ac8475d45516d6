// What is left alone, and no more than that.
// - Sentences for people: a mutant only changes the wording. A code, a kind, a rule's name or an event's type never holds
//   two words with a space between, so every one of those stays in.
// - `default: return assertNever(x)`: types say that nothing gets there.
import { PluginKind, declareValuePlugin } from '@stryker-mutator/api/plugin';

const sentence = /[A-Za-z][,:;.')]? ['(]?[A-Za-z]/;

/** A value put into a sentence as it is. Anything that decides (a condition, a call with arguments) stays in. */
const plain = node =>
  node.type === 'Identifier' ||
  (node.type === 'MemberExpression' && plain(node.object) && (!node.computed || plain(node.property)));

const unreachable = node =>
  node.type === 'SwitchCase' &&
  node.test === null &&
  node.consequent.length === 1 &&
  node.consequent[0].argument?.callee?.name === 'assertNever';

/** Answers the reason why this node, a Babel node, is left alone, or `undefined`. */
export function whyIgnored(node) {
  if (unreachable(node)) return 'unreachable by its types';
  const words =
    node.type === 'StringLiteral'
      ? node.value
      : node.type === 'TemplateLiteral' && node.expressions.every(plain)
        ? node.quasis.map(q => q.value.raw).join('\0')
        : '';
  return sentence.test(words) ? 'a sentence for people' : undefined;
}

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'left-alone', { shouldIgnore: path => whyIgnored(path.node) }),
];
