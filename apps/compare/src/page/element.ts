type Content = string | Node | readonly Content[];

/** Makes an element. Texts are texts: nothing is read as markup. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...content: readonly Content[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
  made.append(
    ...(content as readonly unknown[]).flat(Number.POSITIVE_INFINITY as 1).map((part) => part as string | Node),
  );
  return made;
}
