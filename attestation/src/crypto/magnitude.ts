/** Whether a < b, for big-endian magnitudes of equal length. */
export function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return at !== -1 && (a[at] as number) < (b[at] as number);
}
