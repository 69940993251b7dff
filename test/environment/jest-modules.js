import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Nest's decorators are no syntax that Node can strip. */
const needsTransform = /\/backend\/src\/[^?]*\.ts$/;
const ourImport = /^(@hearth\/|#)/;
const globals = new URL('jest-globals.js', import.meta.url).href;

/**
 * Lets this process import the workspaces from their sources, as Node does with `--conditions=source`.
 * @param {(path: string) => string} transform turns a TypeScript file with decorators into JavaScript
 */
export function importFromSources(transform) {
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === '@jest/globals') return { url: globals, shortCircuit: true };
      if (!ourImport.test(specifier)) return next(specifier, context);
      return next(specifier, { ...context, conditions: ['source', ...context.conditions] });
    },
    load(url, context, next) {
      if (!needsTransform.test(url)) return next(url, context);
      return { format: 'module', source: transform(fileURLToPath(url)), shortCircuit: true };
    },
  });
}
