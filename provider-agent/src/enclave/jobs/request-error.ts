/** Answers that are an error of the request, in OpenAI's envelope inside the sealed response. Nothing is billed. */
const statusByCode = {
  invalid_request: 400,
  unsupported_parameter: 400,
  context_length_exceeded: 400,
  insufficient_funds: 402,
  previous_response_not_found: 400,
  model_not_found: 404,
  provider_error: 500,
} as const;

export type RequestErrorCode = keyof typeof statusByCode;

export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: RequestErrorCode;
  readonly param: string | null;

  constructor(code: RequestErrorCode, message: string, param?: string) {
    super(message);
    this.code = code;
    this.param = param ?? null;
  }

  get status(): number {
    return statusByCode[this.code];
  }
}

export type ErrorEnvelope = {
  readonly error: { message: string; type: string; param: string | null; code: string };
};

export function envelopeOf(error: RequestError): ErrorEnvelope {
  const { message, param, code } = error;
  const type = error.status < 500 ? 'invalid_request_error' : 'server_error';
  return { error: { message, type, param, code } };
}

/** What the buyer reads when the engine broke or the job was cancelled; the cause stays in the enclave. */
export function serverErrorEnvelope(code: 'provider_error' | 'cancelled'): ErrorEnvelope {
  const message = code === 'cancelled' ? 'The job was cancelled.' : 'The model failed to answer.';
  return { error: { message, type: 'server_error', param: null, code } };
}
