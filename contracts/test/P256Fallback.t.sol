// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IP256Fallback} from "../src/interfaces/IP256Fallback.sol";
import {P256} from "../src/libraries/P256.sol";
import {Base} from "./Base.t.sol";

/// Precompile and Solidity say the same of every signature.
contract P256FallbackTest is Base {
    uint256 private constant ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551;

    IP256Fallback private verifier;

    function setUp() public {
        verifier = IP256Fallback(deploy("P256Fallback", ""));
    }

    function test_ThePrecompilesVerdictStandsWhereThereIsOne() public view {
        (bytes32 r, bytes32 s) = vm.signP256(1, keccak256("message"));
        (uint256 x, uint256 y) = vm.publicKeyP256(1);
        assertTrue(
            !verifier.isValid(keccak256("message"), r, s, bytes32(x), bytes32(y)),
            "asked only about refusals"
        );
    }

    function testFuzz_BothSayTheSame(uint256 key, bytes32 digest, uint256 change, bool highS) public view {
        key = bound(key, 1, ORDER - 1);
        (bytes32 r, bytes32 s) = vm.signP256(key, digest);
        (uint256 x, uint256 y) = vm.publicKeyP256(key);
        if (highS) s = bytes32(ORDER - uint256(s));
        _assertSame(digest, r, s, x, y, true);
        change = change % 5;
        if (change == 0) digest = ~digest;
        if (change == 1) r = bytes32(uint256(r) ^ 1);
        if (change == 2) s = bytes32(uint256(s) ^ 1);
        if (change == 3) x ^= 1;
        if (change == 4) y ^= 1;
        _assertSame(digest, r, s, x, y, false);
    }

    function test_RangesAreTheSame() public view {
        (bytes32 r, bytes32 s) = vm.signP256(7, keccak256("message"));
        (uint256 x, uint256 y) = vm.publicKeyP256(7);
        uint256[4] memory out = [uint256(0), ORDER, ORDER + 1, type(uint256).max];
        for (uint256 i = 0; i < 4; i++) {
            _assertSame(keccak256("message"), bytes32(out[i]), s, x, y, false);
            _assertSame(keccak256("message"), r, bytes32(out[i]), x, y, false);
        }
        _assertSame(keccak256("message"), r, s, 0, 0, false);
    }

    function _assertSame(
        bytes32 digest,
        bytes32 r,
        bytes32 s,
        uint256 x,
        uint256 y,
        bool expected
    ) private view {
        bool native = P256.isValid(digest, r, s, bytes32(x), bytes32(y));
        assertTrue(native == expected, "precompile");
        bool inSolidity = verifier.isValidInSolidity(digest, r, s, bytes32(x), bytes32(y));
        assertTrue(inSolidity == expected, "Solidity");
    }
}
