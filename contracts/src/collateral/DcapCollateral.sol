// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TcbDocuments} from "./TcbDocuments.sol";
import {IDcapCollateral} from "../interfaces/IDcapCollateral.sol";
import {IP256Fallback} from "../interfaces/IP256Fallback.sol";
import {Blob} from "../libraries/Blob.sol";
import {QeAppraisal} from "../libraries/QeAppraisal.sol";
import {TcbStatus, TcbStatuses} from "../libraries/TcbStatus.sol";
import {TdxAppraisal} from "../libraries/TdxAppraisal.sol";

/// Collateral of one vendor, and the verdict it gives.
abstract contract DcapCollateral is TcbDocuments {
    uint256 private constant TD_REPORT_15 = 648;
    uint256 private constant QE_REPORT = 384;

    /// @inheritdoc IDcapCollateral
    function appraise(
        Platform calldata platform,
        bytes calldata tdReport,
        bytes calldata qeReport
    ) external view returns (Appraisal memory appraisal) {
        require(
            tdReport.length == TdxAppraisal.TD_REPORT_10 || tdReport.length == TD_REPORT_15,
            ReportLengthWrong(tdReport.length)
        );
        require(qeReport.length == QE_REPORT, ReportLengthWrong(qeReport.length));
        Front memory front = _front;
        appraisal.expiresAtUnixSec = front.rootCrlNextUpdateUnixSec;
        require(
            block.timestamp <= front.rootCrlNextUpdateUnixSec,
            RootCrlNotInForce(front.rootCrlNextUpdateUnixSec, block.timestamp)
        );
        _assertPckNotRevoked(front, platform, appraisal);
        _appraiseQe(front, qeReport, appraisal);
        _appraiseTd(front, platform, tdReport, appraisal);
    }

    /// @inheritdoc IDcapCollateral
    function versionOf(bytes6 fmspc, bytes2 pceId) external view returns (bytes32) {
        // Every document has an account of its own, so its address stands for its contents.
        return keccak256(abi.encode(_generation, _tcbInfoBlob(fmspc, pceId)));
    }

    /// @inheritdoc IDcapCollateral
    function vendorRootHash() external view returns (bytes32) {
        return keccak256(abi.encode(_vendorRoot()));
    }

    /// @inheritdoc IDcapCollateral
    function p256Fallback() external view returns (IP256Fallback) {
        return _p256Fallback;
    }

    function _assertPckNotRevoked(
        Front memory front,
        Platform calldata platform,
        Appraisal memory appraisal
    ) private view {
        uint8 index = platform.authorityIndex;
        require(!_isRevoked(front.revokedAuthorities, index), AuthorityRevoked(index));
        RevocationHead memory list = _revocations[index];
        require(
            index != 0 && block.timestamp <= list.nextUpdateUnixSec,
            PckCrlNotInForce(index, list.nextUpdateUnixSec, block.timestamp)
        );
        require(!_isListed(list.serials, platform.serial), PckCertificateRevoked(platform.serial));
        _endBy(appraisal, list.nextUpdateUnixSec);
    }

    function _appraiseQe(
        Front memory front,
        bytes calldata qeReport,
        Appraisal memory appraisal
    ) private view {
        require(front.qeIdentity != address(0), QeIdentityNotInForce(0, block.timestamp));
        (uint256 start, uint256 end) = Blob.read(front.qeIdentity);
        DocumentHead memory head = _readHead(start);
        require(
            block.timestamp <= head.expiresAtUnixSec,
            QeIdentityNotInForce(head.expiresAtUnixSec, block.timestamp)
        );
        require(!_isRevoked(front.revokedAuthorities, head.signerIndex), AuthorityRevoked(head.signerIndex));
        _endBy(appraisal, head.expiresAtUnixSec);
        appraisal.qeEvaluationNumber = head.evaluationNumber;
        QeAppraisal.assertIdentified(start, qeReport);
        uint256 standing = QeAppraisal.standing(start, end, qeReport);
        appraisal.qeStatus = TcbStatus(standing >> 200);
        appraisal.qeAdvisories = bytes20(uint160(standing));
    }

    function _appraiseTd(
        Front memory front,
        Platform calldata platform,
        bytes calldata tdReport,
        Appraisal memory appraisal
    ) private view {
        address blob = _tcbInfoBlob(platform.fmspc, platform.pceId);
        require(blob != address(0), TcbInfoNotInForce(platform.fmspc, platform.pceId, 0, block.timestamp));
        (uint256 start, uint256 end) = Blob.read(blob);
        DocumentHead memory head = _readHead(start);
        require(
            block.timestamp <= head.expiresAtUnixSec,
            TcbInfoNotInForce(platform.fmspc, platform.pceId, head.expiresAtUnixSec, block.timestamp)
        );
        require(!_isRevoked(front.revokedAuthorities, head.signerIndex), AuthorityRevoked(head.signerIndex));
        _endBy(appraisal, head.expiresAtUnixSec);
        appraisal.tcbEvaluationNumber = head.evaluationNumber;

        uint256 module = TdxAppraisal.moduleStanding(start, tdReport);
        appraisal.moduleStatus = TcbStatus(module >> 200);
        appraisal.moduleAdvisories = bytes20(uint160(module));
        (uint256 standing, TcbStatus sgxStatus) = TdxAppraisal.platformStanding(
            start,
            end,
            platform,
            tdReport
        );
        appraisal.platformStatus = TcbStatus(standing >> 200);
        appraisal.platformAdvisories = bytes20(uint160(standing));
        appraisal.tcbDateUnixSec = uint40(standing >> 160);
        TcbStatus status = TcbStatuses.merge(appraisal.platformStatus, appraisal.moduleStatus);
        status = TdxAppraisal.advisesRelaunch(
            start,
            tdReport,
            status,
            sgxStatus,
            appraisal.moduleStatus,
            appraisal.qeStatus
        );
        appraisal.status = TcbStatuses.merge(status, appraisal.qeStatus);
    }

    function _endBy(Appraisal memory appraisal, uint40 endUnixSec) private pure {
        if (endUnixSec < appraisal.expiresAtUnixSec) appraisal.expiresAtUnixSec = endUnixSec;
    }
}
