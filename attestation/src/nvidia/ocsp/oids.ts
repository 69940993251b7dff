/** RFC 6960, RFC 8954 and RFC 5754. */
export const ocspOid = {
  basicResponse: '1.3.6.1.5.5.7.48.1.1',
  nonce: '1.3.6.1.5.5.7.48.1.2',
  sha384: '2.16.840.1.101.3.4.2.2',
} as const;
