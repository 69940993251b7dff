export default async function tearDown() {
  await globalThis.hearthSharedServer?.stop();
}
