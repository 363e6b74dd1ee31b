/* The page's own scripts, as functions that a test can call without a browser. */
import { readFileSync } from 'node:fs';
import vm from 'node:vm';

const PAGE = new URL('../../sim/report/page/', import.meta.url);

/* Loads some of the scripts, in order; returns what `names` names. */
export function loadScripts(files, names) {
  const source = files.map(file => readFileSync(new URL(`${file}.js`, PAGE), 'utf8')).join('');
  const context = vm.createContext({ atob, Blob, DecompressionStream, Response, TextDecoder });
  return vm.runInContext(`${source};({ ${names.join(', ')} })`, context);
}
