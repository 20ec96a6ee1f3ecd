// SPDX-License-Identifier: Apache-2.0
// Numbers for people: once rounded, they are the same wherever they are shown.

export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
