// What docs and style promise about files and can be read off the tree: used by `npm run check`, proven by
// tools/layout.spec.ts. Every rule takes the listing and answers sentences, each naming the file and the fix.

/** Longest file, in lines. A longer one is listed here with its reason, and nowhere else. */
const longest = 400;
export const longFiles = {
  'libs/contracts/src/graphql/schema.graphql':
    'the published schema is one document, read and compared whole',
};

const ports = ['event-store', 'event-bus', 'task-queue', 'coordinator', 'snapshot-store'];
const code = /\.(ts|mjs|js|sql|proto|graphql)$/;
const text = /\.(ts|mjs|js|json|sql|proto|graphql|md|ya?ml|sh|toml|svg)$|(^|\/)(run|Dockerfile|\.\w+)$/;
const ours = /^(apps|libs)\//;

/** Words that say nothing about why a file would change. `base` and `core` are words of the field, so alone only. */
const emptyWords = new Set([
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'shared',
  'manager',
  'misc',
  'impl',
]);
const emptyNames = new Set([...emptyWords, 'base', 'core']);
const emptySymbol = /\b(?:class|interface|type|function|const|enum) (\w*(?:Manager|Helpers?|Utils?|Impl))\b/g;

/** Written in parts, so that this file does not name what it looks for. */
const machinePaths = ['work/main', 'work/shared', 'work/.library', 'root'].map(
  path => new RegExp(`(?<![\\w.}$@-])/${path}(?![\\w-])`),
);
const unfinished = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`);
const foreignRegistry = /"resolved": "(?!https:\/\/registry\.npmjs\.org\/)/;

const lines = source => source.split('\n').length - (source.endsWith('\n') ? 1 : 0);

function unlistedFolders({ files, projects }) {
  const roots = projects.map(p => p.root);
  const folders = files.filter(f => ours.test(f.path)).map(f => f.path.split('/').slice(0, -1));
  const claimed = folder => roots.some(root => `${folder}/`.startsWith(`${root}/`));
  const unlisted = folders.map(f => f.join('/')).filter(folder => !claimed(folder));
  return [
    ...new Set(
      unlisted.map(f =>
        f
          .split('/')
          .slice(0, ports.includes(f.split('/')[1]) ? 3 : 2)
          .join('/'),
      ),
    ),
  ].map(folder => `${folder}: no project of tools/projects.mjs; list it there and run "npm run gen"`);
}

function missingParts({ files, projects }) {
  const byPath = new Map(files.map(f => [f.path, f]));
  return projects.flatMap(({ root, kind }) => {
    const readme = byPath.get(`${root}/README.md`);
    const tested = files.some(f => f.path.startsWith(`${root}/`) && f.path.endsWith('.contract.spec.ts'));
    return [
      ...(readme ? [] : [`${root}/README.md: missing; say what the project owes and what it may import`]),
      ...(readme && lines(readme.text) > 30 ? [`${root}/README.md: longer than 30 lines`] : []),
      ...(kind === 'adapter' && !tested ? [`${root}: an adapter that does not run its port's suite`] : []),
    ];
  });
}

function longTexts({ files }) {
  const long = files.filter(f => code.test(f.path) && lines(f.text) > longest);
  const stale = Object.keys(longFiles).filter(
    path => files.some(f => f.path === path) && !long.some(f => f.path === path),
  );
  return [
    ...long
      .filter(f => !longFiles[f.path])
      .map(f => `${f.path}: ${lines(f.text)} lines, more than ${longest}; split it by reason to change`),
    ...stale.map(path => `${path}: listed as long in tools/layout.mjs and is not`),
  ];
}

function names({ files }) {
  const bad = path =>
    path
      .replace(/\.\w+$/, '')
      .split('/')
      .some(segment => emptyNames.has(segment) || segment.split(/[.-]/).some(word => emptyWords.has(word)));
  const notKebab = path =>
    path.endsWith('.ts') && !/^[a-z0-9]+([.-][a-z0-9]+)*$/.test(path.split('/').at(-1));
  return [
    ...files.filter(f => code.test(f.path) && bad(f.path)).map(f => `${f.path}: a name that says nothing`),
    ...files.filter(f => ours.test(f.path) && notKebab(f.path)).map(f => `${f.path}: not kebab-case`),
    ...files
      .filter(f => ours.test(f.path) && f.path.endsWith('.ts'))
      .flatMap(f => [...f.text.matchAll(emptySymbol)].map(m => `${f.path}: "${m[1]}" says nothing`)),
  ];
}

function wording({ files }) {
  const each = files.filter(f => text.test(f.path) && f.path !== 'package-lock.json');
  const lock = files.find(f => f.path === 'package-lock.json');
  return [
    ...each.flatMap(f =>
      machinePaths
        .filter(p => p.test(f.text))
        .map(p => `${f.path}: names a path of one machine (${p.exec(f.text)[0]})`),
    ),
    ...each
      .filter(f => code.test(f.path) && unfinished.test(f.text))
      .map(f => `${f.path}: ${unfinished.exec(f.text)[0]}; do it, or open an issue`),
    ...(lock && foreignRegistry.test(lock.text)
      ? ['package-lock.json: resolved from a private registry']
      : []),
  ];
}

/** Sentences about what is wrong; none when all is well. `files`: `{ path, text }`, paths relative to the root. */
export function violations(tree) {
  return [unlistedFolders, missingParts, longTexts, names, wording].flatMap(rule => rule(tree)).sort();
}
