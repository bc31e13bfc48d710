// @ts-check
// Figures of a benchmark, told the same way everywhere.

/**
 * Median, 95th percentile and largest of some numbers.
 * @param {number[]} numbers
 */
export function summary(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => sorted[Math.ceil(sorted.length * share) - 1];
  return `median ${at(0.5).toFixed(0)}, p95 ${at(0.95).toFixed(0)}, max ${at(1).toFixed(0)}`;
}
