// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Settlement} from "../types/Settlement.sol";

/// When two different receipts of one (order, enclave) can't both be honest, told from the two alone.
library Contradiction {
    function isOne(Settlement calldata a, Settlement calldata b) internal pure returns (bool) {
        if (a.sequence == b.sequence) return true;
        (Settlement calldata earlier, Settlement calldata later) = a.sequence < b.sequence ? (a, b) : (b, a);
        return later.cumulativePicoUsd < earlier.cumulativePicoUsd;
    }
}
