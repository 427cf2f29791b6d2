/** What the page needs of `sessionStorage` or `localStorage`. */
export const fakeStorage = () => {
  const stored = new Map<string, string>();
  return {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
    size: () => stored.size,
  };
};

export type FakeStorage = ReturnType<typeof fakeStorage>;
