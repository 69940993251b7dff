import { HearthError } from '../../protocol/index.ts';
import { type ApiRequest, jsonAnswer } from '../api.ts';
import { pageOf } from '../page.ts';
import type { Serve } from '../routes.ts';

const MAX_FILE_BYTES = 256 * 1024 * 1024;

export const uploadFile: Serve = async ({ stores }, request) => {
  const form = await readForm(request);
  const file = form.get('file');
  const purpose = form.get('purpose');
  if (!(file instanceof Blob)) throw missing('file', 'a file');
  if (typeof purpose !== 'string' || purpose === '') throw missing('purpose', 'a word');
  const filename = (file as File).name || 'file';
  const lifetimeSec = lifetimeOf(form.get('expires_after[seconds]'));
  const content = new Uint8Array(await file.arrayBuffer());
  return jsonAnswer(stores().files.add({ filename, purpose, lifetimeSec }, content));
};

export const listFiles: Serve = async ({ stores }, { query }) => {
  const purpose = query.get('purpose');
  const files = stores()
    .files.all()
    .filter((file) => purpose === null || file.purpose === purpose);
  return pageOf(files, query, { limit: 10_000, order: 'desc' });
};

export const showFile: Serve = async ({ stores }, _request, { id = '' }) =>
  jsonAnswer(stores().files.object(id));

export const removeFile: Serve = async ({ stores }, _request, { id = '' }) => {
  stores().files.remove(id);
  return jsonAnswer({ id, object: 'file', deleted: true });
};

export const readFileContent: Serve = async ({ stores }, _request, { id = '' }) => ({
  status: 200,
  headers: { 'content-type': 'application/octet-stream' },
  body: stores().files.content(id),
});

async function readForm(request: ApiRequest): Promise<FormData> {
  const contentType = request.headers.get('content-type') ?? '';
  const bytes = await request.readBody(MAX_FILE_BYTES);
  try {
    return await new Response(bytes as BodyInit, { headers: { 'content-type': contentType } }).formData();
  } catch (cause) {
    throw new HearthError('invalid_request', 'request body: expected multipart/form-data', { cause });
  }
}

function lifetimeOf(given: string | Blob | null): number | undefined {
  if (given === null) return undefined;
  const seconds = Number(given);
  if (Number.isSafeInteger(seconds) && seconds >= 0) return seconds;
  throw missing('expires_after', 'seconds');
}

function missing(param: string, what: string): HearthError {
  return new HearthError('invalid_request', `${param}: expected ${what}`, { details: { param } });
}
