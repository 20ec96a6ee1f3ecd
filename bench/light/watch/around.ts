// SPDX-License-Identifier: Apache-2.0
// Puts a call around a method of one object: how the bench looks into the receiver, which has no hooks of its own.

type Method = (...given: never[]) => unknown;
type MethodName<T> = { [K in keyof T]: T[K] extends Method ? K : never }[keyof T];
type Call<T, K extends keyof T> = Extract<T[K], Method>;

export function around<T extends object, K extends MethodName<T>>(
  object: T,
  name: K,
  wrapped: (proceed: () => ReturnType<Call<T, K>>, ...given: Parameters<Call<T, K>>) => ReturnType<Call<T, K>>,
): void {
  const method = object[name] as unknown as (...given: unknown[]) => ReturnType<Call<T, K>>;
  if (typeof method !== "function") throw new Error(`around: there is no ${String(name)}`);
  const call = (...given: Parameters<Call<T, K>>) => wrapped(() => method.apply(object, given), ...given);
  Object.assign(object, { [name]: call });
}
