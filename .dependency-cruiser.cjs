// The rooms of the house: which folder may know which. Type imports count.
const room = (name, from, to) => ({ name, severity: 'error', from, to });
module.exports = {
  forbidden: [
    room('no-circles', {}, { circular: true }),
    room('model-knows-nothing', { path: '^src/model' }, { path: '^src/', pathNot: '^src/model' }),
    room('config-is-pure', { path: '^src/config\\.ts' }, { path: '^src/', pathNot: '^src/(model|core)/' }),
    room('core-knows-model', { path: '^src/core' }, { path: '^src/', pathNot: '^src/(core|model)/' }),
    room('ports-know-model', { path: '^src/ports\\.ts' }, { path: '^src/', pathNot: '^src/model/' }),
    room(
      'engine-knows-core-and-ports',
      { path: '^src/engine' },
      { path: '^src/', pathNot: '^src/(engine|core|model)/|^src/(ports|config)\\.ts' },
    ),
    room(
      'adapters-know-ports',
      { path: '^src/adapters' },
      { path: '^src/', pathNot: '^src/(adapters|model)/|^src/ports\\.ts' },
    ),
    room('cli-stays-above', { path: '^src/cli' }, { path: '^src/(adapters|web|main)' }),
    room('nobody-imports-main', { pathNot: '^src/main\\.ts' }, { path: '^src/(main|wiring)\\.ts' }),
    room('src-stands-alone', { path: '^src' }, { path: '^(test|deploy)/' }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'] },
  },
};
