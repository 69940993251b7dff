// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authorities} from "./Authorities.sol";
import {IDcapCollateral} from "../interfaces/IDcapCollateral.sol";
import {Blob} from "../libraries/Blob.sol";
import {Packed} from "../libraries/Packed.sol";
import {QeIdentity} from "../libraries/QeIdentity.sol";
import {TcbLevels} from "../libraries/TcbLevels.sol";
import {TcbDocument, TdxTcbInfo} from "../libraries/TdxTcbInfo.sol";

/// TCB info and QE identity: signed, parsed once, kept small.
abstract contract TcbDocuments is Authorities {
    mapping(bytes8 fmspcAndPceId => address blob) private _tcbInfos;
    uint32 private _highestEvaluationNumber;

    /// @inheritdoc IDcapCollateral
    function upsertTcbInfo(
        bytes calldata text,
        bytes32[2] calldata signature,
        bytes32 signerKeyHash
    ) external {
        Authority memory signer = _assertSigned(text, signature, signerKeyHash);
        TcbDocument memory document = TdxTcbInfo.parse(text);
        bytes8 platformKind = bytes8(uint64((document.fmspc << 16) | document.pceId));
        (address blob, DocumentHead memory head) = _accept(document, signer, _tcbInfos[platformKind]);
        if (blob == address(0)) return;
        _tcbInfos[platformKind] = blob;
        emit TcbInfoAccepted(
            bytes6(platformKind),
            bytes2(uint16(document.pceId)),
            head.evaluationNumber,
            head.issueDateUnixSec,
            head.expiresAtUnixSec
        );
    }

    /// @inheritdoc IDcapCollateral
    function upsertQeIdentity(
        bytes calldata text,
        bytes32[2] calldata signature,
        bytes32 signerKeyHash
    ) external {
        Authority memory signer = _assertSigned(text, signature, signerKeyHash);
        TcbDocument memory document = QeIdentity.parse(text);
        (address blob, DocumentHead memory head) = _accept(document, signer, _front.qeIdentity);
        if (blob == address(0)) return;
        _front.qeIdentity = blob;
        _generation++;
        emit QeIdentityAccepted(head.evaluationNumber, head.issueDateUnixSec, head.expiresAtUnixSec);
    }

    /// @inheritdoc IDcapCollateral
    function tcbInfoOf(bytes6 fmspc, bytes2 pceId) external view returns (DocumentHead memory) {
        return _headOf(_tcbInfoBlob(fmspc, pceId));
    }

    /// @inheritdoc IDcapCollateral
    function qeIdentityHead() external view returns (DocumentHead memory) {
        return _headOf(_front.qeIdentity);
    }

    /// @inheritdoc IDcapCollateral
    function evaluationNumberFloor() external view returns (uint32) {
        return _highestEvaluationNumber;
    }

    function _tcbInfoBlob(bytes6 fmspc, bytes2 pceId) internal view returns (address) {
        return _tcbInfos[bytes8(fmspc) | (bytes8(pceId) >> 48)];
    }

    function _readHead(uint256 start) internal pure returns (DocumentHead memory head) {
        uint256 word = Packed.get(start, TcbLevels.HEAD_BYTES);
        head.expiresAtUnixSec = uint40(word >> 88);
        head.issueDateUnixSec = uint40(word >> 48);
        head.evaluationNumber = uint32(word >> 16);
        head.signerIndex = uint8(word >> 8);
        head.levelCount = uint8(word);
    }

    function _headOf(address blob) private view returns (DocumentHead memory head) {
        if (blob == address(0)) return head;
        (uint256 start, ) = Blob.read(blob);
        return _readHead(start);
    }

    /// The zero address when it is the document that is kept already.
    function _accept(
        TcbDocument memory document,
        Authority memory signer,
        address keptBlob
    ) private returns (address blob, DocumentHead memory head) {
        _assertInForce(document.issueDateUnixSec, document.nextUpdateUnixSec);
        head.expiresAtUnixSec = uint40(document.nextUpdateUnixSec);
        if (head.expiresAtUnixSec > signer.notAfterUnixSec) head.expiresAtUnixSec = signer.notAfterUnixSec;
        head.issueDateUnixSec = uint40(document.issueDateUnixSec);
        head.evaluationNumber = uint32(document.evaluationNumber);
        head.signerIndex = signer.index;
        head.levelCount = uint8(document.levelCount);
        if (!_isNewer(head, _headOf(keptBlob))) return (address(0), head);

        _writeHead(document.contents, head);
        blob = Blob.write(document.contents);
        if (head.evaluationNumber > _highestEvaluationNumber)
            _highestEvaluationNumber = head.evaluationNumber;
    }

    /// False for the same document again; what is older is refused.
    function _isNewer(DocumentHead memory got, DocumentHead memory kept) private pure returns (bool) {
        uint256 gotRank = (uint256(got.evaluationNumber) << 40) | got.issueDateUnixSec;
        uint256 keptRank = (uint256(kept.evaluationNumber) << 40) | kept.issueDateUnixSec;
        require(
            gotRank >= keptRank,
            DocumentOlder(
                kept.evaluationNumber,
                kept.issueDateUnixSec,
                got.evaluationNumber,
                got.issueDateUnixSec
            )
        );
        return gotRank > keptRank;
    }

    function _writeHead(bytes memory contents, DocumentHead memory head) private pure {
        Packed.put(
            Packed.start(contents),
            (uint256(head.expiresAtUnixSec) << 88) |
                (uint256(head.issueDateUnixSec) << 48) |
                (uint256(head.evaluationNumber) << 16) |
                (uint256(head.signerIndex) << 8) |
                head.levelCount,
            TcbLevels.HEAD_BYTES
        );
    }
}
