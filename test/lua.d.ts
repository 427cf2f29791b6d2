/** Scripts are imported as text, as the Worker's build does it. */
declare module "*.lua" {
  const script: string;
  export default script;
}
