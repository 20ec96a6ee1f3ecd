// SPDX-License-Identifier: Apache-2.0
// An application's script: nothing of the factory.
/// <reference path="./common.d.ts" />

declare const imp: ImpApi;
declare const server: CommonServer;
