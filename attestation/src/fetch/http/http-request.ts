/** One exchange as a vendor's protocol wants it. */
export type HttpRequest = {
  readonly url: string;
  readonly accept: string;
  /** Bodies of these types only, so that a login page never reaches a parser. */
  readonly contentTypes: readonly string[];
  readonly maxBytes: number;
  /** Makes it a POST. */
  readonly post?: { readonly contentType: string; readonly bytes: Uint8Array };
  /** A body of bytes may come without a type: DER is checked by its shape anyhow. */
  readonly typeRequired: boolean;
};

export type HttpAnswer = {
  readonly bytes: Uint8Array;
  readonly headers: Headers;
};
