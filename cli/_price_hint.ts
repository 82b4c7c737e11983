/**
 * What to do about a model without a known price.
 *
 * @module
 */

/**
 * @param rows Models, and what they cost.
 * @returns A line, if one of them has no known price.
 */
export function priceHint(
  rows: readonly { model: string; cost: number | undefined }[],
): string[] {
  const unpriced = rows.find(({ cost }) => cost === undefined);
  if (!unpriced) return [];
  const example = JSON.stringify({ [unpriced.model]: "gpt-4o-mini" });
  return [
    `The price of ${
      JSON.stringify(unpriced.model)
    } is not known: --prices gives it, or names the known model that it is: '${example}'`,
  ];
}
