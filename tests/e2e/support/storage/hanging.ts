/** What a tab of either driver can be asked. */
interface Asked {
  evaluate(expression: string): Promise<unknown>;
}

/** What writes answer that are made. */
export const WRITTEN = Array.from({ length: 5 }, () => "true");

/** What five writes of a tab answer while another one hangs in the middle of a write, and whether it still hangs after them. */
export async function writesBesideOneThatHangs(hanging: Asked, other: Asked) {
  await hanging.evaluate('storagePage.hold("hung")');
  await other.evaluate('storagePage.hold("hung")');
  const hangs = other.evaluate("storagePage.anotherHangs()");
  let isHanging = true;
  const hung = hanging.evaluate("storagePage.hangInWrite(6000)").then(() => {
    isHanging = false;
  });
  await hangs;
  const written: unknown[] = [];
  while (written.length < WRITTEN.length) {
    written.push(await other.evaluate("storagePage.write(10)"));
  }
  const hangsStill = isHanging;
  await hung;
  return { written, hangs: hangsStill };
}
