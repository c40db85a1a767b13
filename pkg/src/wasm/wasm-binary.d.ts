/** The build turns the binary into text; `decodeBytes` reads it. */
declare module "*.wasm?text" {
  const text: string;
  export default text;
}
