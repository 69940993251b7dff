// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AmdProduct} from "./AmdProduct.sol";
import {Der} from "./Der.sol";

/// What AMD certifies in a VCEK (publication 57230, "VCEK Certificate Definition").
struct AmdLeafFacts {
    uint8 product;
    uint64 parts; // FMC, BL, TEE, SNP and microcode, a byte each from the low end
    uint256 hwid; // where the chip's number begins
    uint256 hwidLength;
}

library AmdLeafExtensions {
    error VcekFactWrong(uint256 field, uint256 position);
    error VcekFactsIncomplete(uint256 expected, uint256 got);

    uint256 private constant ARC = 0x2b060104019c7801; // 1.3.6.1.4.1.3704.1
    uint256 private constant TCB_ARC = (ARC << 8) | 3;
    uint256 private constant STRUCTURE_VERSION = 1;
    uint256 private constant PRODUCT_NAME = 2;
    uint256 private constant HWID = 4;
    uint256 private constant FMC = 9;
    uint256 private constant IA5_STRING = 0x16;
    /// As bits: field i of the arc is 2^(8 + i), part i of the TCB 2^(16 + i).
    uint256 private constant REQUIRED = 0x1600 | (1 << 17) | (1 << 18) | (1 << 19) | (1 << 24);

    /// Reads an extension of AMD's arc into `facts`; its bit, or 0 for another extension. `id` is the OID's content.
    function read(
        uint256 id,
        uint256 start,
        uint256 end,
        AmdLeafFacts memory facts
    ) internal pure returns (uint256) {
        uint256 field = id & 0xff;
        if (id >> 8 == TCB_ARC && field > 0 && field <= FMC) {
            _readPart(field, start, end, facts);
            return 1 << (16 + field);
        }
        if (id >> 8 != ARC || field == 0 || field > 5) return 0;
        if (field == STRUCTURE_VERSION) {
            require(_number(start, end) <= 1, VcekFactWrong(field, start));
        } else if (field == PRODUCT_NAME) {
            facts.product = AmdProduct.ofName(Der.slice(Der.readLast(start, end, IA5_STRING), end));
            require(facts.product != AmdProduct.NONE, VcekFactWrong(field, start));
        } else if (field == HWID) {
            // Raw bytes, not wrapped in a string of their own.
            (facts.hwid, facts.hwidLength) = (start, end - start);
        } else {
            // CSP_ID makes it a VLEK, which stands for a cloud and not for a chip.
            revert VcekFactWrong(field, start);
        }
        return 1 << (8 + field);
    }

    /// Everything a VCEK must have, and FMC for Turin alone.
    function assertComplete(AmdLeafFacts memory facts, uint256 seen) internal pure {
        bool isTurin = facts.product == AmdProduct.TURIN;
        uint256 expected = isTurin ? REQUIRED | (1 << (16 + FMC)) : REQUIRED;
        uint256 got = seen & (REQUIRED | (1 << (16 + FMC)));
        require(got == expected, VcekFactsIncomplete(expected, got));
        require(facts.hwidLength == (isTurin ? 8 : 64), VcekFactWrong(HWID, facts.hwid));
    }

    /// TCB_VERSION as the reports of this product spell it: the first byte is the most significant.
    function tcb(AmdLeafFacts memory facts) internal pure returns (uint64) {
        uint64 parts = facts.parts;
        uint64 first = ((parts & 0xff) << 56) | ((parts & 0xff00) << 40) | ((parts & 0xff0000) << 24);
        uint64 snp = (parts >> 24) & 0xff;
        uint64 microcode = parts >> 32;
        // Turin begins with FMC and goes on with SNP; the others begin with BL and have SNP before the microcode.
        return
            facts.product == AmdProduct.TURIN
                ? first | (snp << 32) | microcode
                : (first << 8) | (snp << 8) | microcode;
    }

    /// keccak256 of the chip id as reports have it: 64 bytes, filled up with zeros.
    function platformId(AmdLeafFacts memory facts) internal pure returns (bytes32) {
        uint256 start = facts.hwid;
        return
            keccak256(
                bytes.concat(Der.slice(start, start + facts.hwidLength), new bytes(64 - facts.hwidLength))
            );
    }

    /// 1 BL, 2 TEE, 3 SNP, 8 microcode, 9 FMC; 4 to 7 are named by AMD and not yet used.
    function _readPart(uint256 field, uint256 start, uint256 end, AmdLeafFacts memory facts) private pure {
        uint256 number = _number(start, end);
        if (field > 3 && field < 8) {
            require(number == 0, VcekFactWrong(0x300 | field, start));
            return;
        }
        uint256 index = field == FMC ? 0 : (field == 8 ? 4 : field);
        facts.parts |= uint64(number << (8 * index));
    }

    /// At most 255.
    function _number(uint256 start, uint256 end) private pure returns (uint256 number) {
        uint256 position;
        (number, position) = Der.readUint(start, end, 1);
        require(position == end, Der.DerMalformed(position));
    }
}
