// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Der} from "../src/libraries/Der.sol";
import {DerTime} from "../src/libraries/DerTime.sol";
import {Ecdsa} from "../src/libraries/Ecdsa.sol";
import {PackedPair, PairRecords} from "../src/libraries/PairRecords.sol";
import {PairPayments} from "../src/libraries/PairPayments.sol";
import {MerkleTree} from "../src/libraries/MerkleTree.sol";
import {SettlementMath} from "../src/libraries/SettlementMath.sol";
import {Base} from "./Base.t.sol";
import {DerWriter} from "./builders/DerWriter.sol";
import {NaiveReceiptTree} from "./builders/NaiveReceiptTree.sol";

contract LibrariesTest is Base {
    function readTime(bytes calldata der) external pure returns (uint64 unixSec) {
        (uint256 start, uint256 end) = Der.bounds(der);
        uint256 stop;
        (unixSec, stop) = DerTime.readUnixSec(start, end);
        require(stop == end, "length");
    }

    function readElement(bytes calldata der) external pure returns (uint256 length) {
        (uint256 start, uint256 end) = Der.bounds(der);
        (uint256 contentStart, uint256 contentEnd) = Der.read(start, end, Der.OCTET_STRING);
        require(contentEnd == end, "length");
        return contentEnd - contentStart;
    }

    function recover(bytes32 digest, bytes calldata signature) external pure returns (address) {
        return Ecdsa.recover(digest, signature);
    }

    function isIncluded(
        bytes32 leaf,
        uint256 index,
        uint256 size,
        bytes32[] calldata path,
        bytes32 root
    ) external pure returns (bool) {
        return MerkleTree.isIncluded(MerkleTree.leafOf(leaf), index, size, path, root);
    }

    /// Counts days one by one instead of by formula.
    function testFuzz_TimesAreRead(uint256 seed) public view {
        uint256 dayCount = bound(seed, 0, 47_480); // to 2099-12-30
        uint256 secondOfDay = bound(seed >> 64, 0, 86_399);
        (uint256 year, uint256 month, uint256 day) = (1970, 1, 1);
        uint256 left = dayCount;
        while (left >= _daysInYear(year)) left -= _daysInYear(year++);
        while (left >= _daysInMonth(year, month)) left -= _daysInMonth(year, month++);
        day += left;
        bytes memory rest = bytes.concat(
            _two(month),
            _two(day),
            _two(secondOfDay / 3600),
            _two((secondOfDay / 60) % 60),
            _two(secondOfDay % 60),
            "Z"
        );
        bytes memory der =
            year < 2050
                ? DerWriter.tlv(0x17, bytes.concat(_two(year % 100), rest))
                : DerWriter.tlv(0x18, bytes.concat(_two(year / 100), _two(year % 100), rest));
        assertEq(this.readTime(der), dayCount * 86_400 + secondOfDay, "unix seconds");
    }

    function test_RevertIf_TimeIsNoCalendarTime() public view {
        string[10] memory wrong = [
            "230229000000Z",
            "241301000000Z",
            "240001000000Z",
            "240100000000Z",
            "240431000000Z",
            "240101240000Z",
            "240101006000Z",
            "240101000060Z",
            "240101000000+",
            "24010100000:Z"
        ];
        for (uint256 i = 0; i < wrong.length; i++) _expectTimeRefused(DerWriter.tlv(0x17, bytes(wrong[i])));
        _expectTimeRefused(DerWriter.tlv(0x17, "2401010000Z")); // no seconds
        _expectTimeRefused(DerWriter.tlv(0x17, "500101000000Z")); // 1950
        _expectTimeRefused(DerWriter.tlv(0x18, "20490101000000Z")); // belongs in UTCTime
        _expectTimeRefused(DerWriter.tlv(0x16, "240101000000Z"));
        _expectTimeRefused(hex"170d3234303130313030303030"); // cut off
    }

    function test_LengthsTakeTheirShortestForm() public view {
        uint256[6] memory lengths = [uint256(0), 127, 128, 255, 256, 65_535];
        for (uint256 i = 0; i < lengths.length; i++) {
            assertEq(this.readElement(DerWriter.octets(new bytes(lengths[i]))), lengths[i], "length");
        }
    }

    function test_RevertIf_LengthIsIndefiniteLongOrTooLarge() public view {
        bytes[8] memory wrong = [
            bytes(hex""),
            bytes(hex"04"),
            bytes(hex"0480"),
            bytes(hex"04810100"),
            bytes(hex"0482000100"),
            bytes.concat(hex"0483000100", new bytes(256)),
            bytes(hex"0402ff"),
            bytes(hex"050100")
        ];
        for (uint256 i = 0; i < wrong.length; i++) {
            (bool read, bytes memory revertData) = address(this).staticcall(
                abi.encodeCall(this.readElement, (wrong[i]))
            );
            assertTrue(!read && bytes4(revertData) == Der.DerMalformed.selector, "a wrong length was read");
        }
    }

    function testFuzz_SignatureHasOneForm(uint256 key, bytes32 digest) public view {
        key = bound(key, 1, type(uint128).max);
        bytes memory signature = signature65(key, digest);
        assertEq(this.recover(digest, signature), vm.addr(key), "signer");
        (bytes32 r, bytes32 vs) = signatureCompact(key, digest);
        assertEq(Ecdsa.recoverCompact(digest, r, vs), vm.addr(key), "compact signer");
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        (uint8 v, , bytes32 s) = vm.sign(key, digest);
        bytes memory highS = abi.encodePacked(r, order - uint256(s), v == 27 ? uint8(28) : uint8(27));
        assertEq(this.recover(digest, highS), address(0), "high s");
        assertEq(this.recover(digest, abi.encodePacked(r, s, v - 27)), address(0), "v of 0 or 1");
        assertEq(this.recover(digest, bytes.concat(signature, hex"00")), address(0), "66 bytes");
    }

    function testFuzz_PairSurvivesPacking(
        uint96 paid,
        uint96 cumulative,
        bool reserves,
        uint64 sequence
    ) public pure {
        cumulative = uint96(bound(cumulative, 0, SettlementMath.MAX_MICRO_USD));
        PackedPair pair = PairRecords.pack(paid, cumulative, reserves, sequence);
        assertEq(pair.paidMicroUsd(), paid, "paid");
        assertEq(pair.cumulativeMicroUsd(), cumulative, "cumulative");
        assertEq(pair.sequence(), sequence, "sequence");
        assertTrue(pair.reserves() == reserves && pair.withReserve().reserves(), "reserves");
        assertEq(pair.withReserve().cumulativeMicroUsd(), cumulative, "cumulative beside the flag");
    }

    function testFuzz_PaymentsArePacked(
        address enclaveKey,
        uint96 paid,
        uint64 sequence,
        uint96 credit,
        uint96 fee
    ) public pure {
        uint256[] memory payments = PairPayments.allocate(2);
        assertEq(payments.length, 0, "empty");
        PairPayments.push(payments, address(1), 2, 3, 4, 5);
        PairPayments.push(payments, enclaveKey, paid, sequence, credit, fee);
        assertEq(payments.length, 4, "two words each");
        assertEq(payments[0], 1 | (uint256(2) << 160), "the first stays");
        assertEq(uint160(payments[2]), uint160(enclaveKey), "enclave");
        assertEq(payments[2] >> 160, paid, "paid");
        assertEq(uint64(payments[3]), sequence, "sequence");
        assertEq(uint96(payments[3] >> 64), credit, "credit");
        assertEq(payments[3] >> 160, fee, "fee");
    }

    function testFuzz_MoneyRoundsDown(uint128 picoUsd, uint96 earned, uint16 feeBps) public pure {
        feeBps = uint16(bound(feeBps, 0, 500));
        uint256 microUsd = SettlementMath.toMicroUsdFloor(picoUsd);
        uint256 exact = uint256(picoUsd) / 1e6;
        assertEq(
            microUsd,
            exact > SettlementMath.MAX_MICRO_USD ? SettlementMath.MAX_MICRO_USD : exact,
            "floor, saturated"
        );
        uint256 fee = SettlementMath.feeMicroUsdFloor(earned, feeBps);
        assertTrue(fee * 10_000 <= uint256(earned) * feeBps, "never more than the rate");
        assertTrue((fee + 1) * 10_000 > uint256(earned) * feeBps, "less than one unit below it");
    }

    function testFuzz_EveryReceiptIsProvable(uint256 seed, bytes32 salt) public view {
        uint256 size = bound(seed, 1, 40);
        uint256 index = bound(seed >> 64, 0, size - 1);
        bytes32[] memory leaves = new bytes32[](size);
        for (uint256 i = 0; i < size; i++) leaves[i] = keccak256(abi.encode(salt, i));
        bytes32 root = NaiveReceiptTree.root(leaves);
        bytes32[] memory path = NaiveReceiptTree.path(leaves, index);
        assertTrue(this.isIncluded(leaves[index], index, size, path, root), "included");
        assertTrue(!this.isIncluded(salt, index, size, path, root), "another leaf");
        assertTrue(!this.isIncluded(leaves[index], size, size, path, root), "index beyond size");
        assertTrue(!this.isIncluded(leaves[index], index, size, path, salt), "another root");
        bytes32[] memory longer = new bytes32[](path.length + 1);
        for (uint256 i = 0; i < path.length; i++) longer[i] = path[i];
        assertTrue(!this.isIncluded(leaves[index], index, size, longer, root), "longer path");
        if (path.length == 0) return;
        path[bound(seed >> 128, 0, path.length - 1)] ^= bytes32(uint256(1));
        assertTrue(!this.isIncluded(leaves[index], index, size, path, root), "changed path");
    }

    function _expectTimeRefused(bytes memory der) private view {
        (bool read, ) = address(this).staticcall(abi.encodeCall(this.readTime, (der)));
        assertTrue(!read, string(der));
    }

    function _daysInYear(uint256 year) private pure returns (uint256) {
        return _daysInMonth(year, 2) == 29 ? 366 : 365;
    }

    function _daysInMonth(uint256 year, uint256 month) private pure returns (uint256) {
        if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
        uint8[12] memory lengths = [31, 0, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        return lengths[month - 1];
    }

    function _two(uint256 number) private pure returns (bytes memory) {
        return abi.encodePacked(uint8(48 + number / 10), uint8(48 + (number % 10)));
    }
}
