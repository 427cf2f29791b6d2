export function Logo() {
  return <img className="logo" src="/favicon.svg" alt="" width="48" height="48" />;
}
