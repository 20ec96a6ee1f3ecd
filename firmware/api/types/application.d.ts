// SPDX-License-Identifier: Apache-2.0
// An application's script: nothing of the factory.
/// <reference path="./common.d.ts" />

declare const server: CommonServer;
