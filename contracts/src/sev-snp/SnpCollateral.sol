// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISnpCollateral} from "../interfaces/ISnpCollateral.sol";
import {AmdCertificate, AmdCertificates} from "../libraries/AmdCertificate.sol";
import {AmdCrl, AmdCrls} from "../libraries/AmdCrl.sol";
import {AmdLeafExtensions} from "../libraries/AmdLeafExtensions.sol";
import {AmdProduct} from "../libraries/AmdProduct.sol";
import {AmdFrame, AmdSigned} from "../libraries/AmdSigned.sol";
import {Blob} from "../libraries/Blob.sol";
import {Der} from "../libraries/Der.sol";

/// One processor family's root, the ARK: pinned by key and name.
struct AmdRoot {
    bytes modulus;
    bytes32 nameHash; // keccak256 of the DER name
    uint40 notAfterUnixSec;
}

/// Production and simulation share this code and differ only in `_root`.
abstract contract SnpCollateral is ISnpCollateral {
    bytes32 private constant VCEK_NAME = keccak256("SEV-VCEK");

    mapping(bytes32 askHash => AskRecord) private _asks;
    mapping(bytes32 vcekHash => VcekRecord) private _vceks;
    mapping(uint8 product => CrlRecord) private _crls;
    /// By product, date of the list and serial: a newer list starts empty.
    mapping(bytes32 => bool) private _revoked;

    /// Compile-time constants: no transaction and no owner can change whom the contract trusts.
    function _root(uint8 product) internal view virtual returns (AmdRoot memory);

    /// Tests of evidence without revocation lists alone say no.
    function _isCrlRequired() internal view virtual returns (bool) {
        return true;
    }

    /// @inheritdoc ISnpCollateral
    function registerAsk(bytes calldata der) external returns (bytes32 askHash) {
        AmdCertificate memory ask = AmdCertificates.parse(der, false);
        uint8 product = _productOfAuthority(ask.commonNameHash);
        AmdRoot memory root = _root(product);
        require(ask.isCa && ask.maySign, AmdRoleWrong(ask.isCa));
        _assertIssued(ask.frame, ask.issuerHash, root.nameHash, root.modulus);
        _assertInForce(ask.notBeforeUnixSec, ask.notAfterUnixSec);

        askHash = keccak256(der);
        if (_asks[askHash].key != address(0)) return askHash;
        uint40 notAfterUnixSec = _earlier(ask.notAfterUnixSec, root.notAfterUnixSec);
        _asks[askHash] = AskRecord({
            key: Blob.write(bytes.concat(ask.subjectHash, Der.slice(ask.key, ask.key + 512))),
            notAfterUnixSec: notAfterUnixSec,
            product: product,
            serial: uint160(ask.serial)
        });
        emit AskRegistered(askHash, product, uint160(ask.serial), notAfterUnixSec);
    }

    /// @inheritdoc ISnpCollateral
    function upsertCrl(uint8 product, bytes calldata der) external {
        AmdRoot memory root = _root(product);
        AmdCrl memory crl = AmdCrls.parse(der);
        _assertIssued(crl.frame, crl.issuerHash, root.nameHash, root.modulus);
        _assertInForce(crl.thisUpdateUnixSec, crl.nextUpdateUnixSec);
        CrlRecord memory kept = _crls[product];
        uint40 thisUpdateUnixSec = uint40(crl.thisUpdateUnixSec);
        if (thisUpdateUnixSec == kept.thisUpdateUnixSec) return;
        require(
            thisUpdateUnixSec > kept.thisUpdateUnixSec,
            CrlOlder(kept.thisUpdateUnixSec, thisUpdateUnixSec)
        );
        _crls[product] = CrlRecord(thisUpdateUnixSec, uint40(crl.nextUpdateUnixSec));
        uint256 count;
        for (uint256 position = crl.entries; position < crl.entriesEnd; count++) {
            uint256 serial;
            (serial, position) = AmdCrls.readEntry(position, crl.entriesEnd);
            _revoked[_revocationKey(product, thisUpdateUnixSec, uint160(serial))] = true;
        }
        emit CrlAccepted(product, thisUpdateUnixSec, uint40(crl.nextUpdateUnixSec), count);
    }

    /// @inheritdoc ISnpCollateral
    function registerVcek(bytes calldata der, bytes32 askHash) external returns (bytes32 vcekHash) {
        AskRecord memory ask = _asks[askHash];
        require(ask.key != address(0), AskUnknown(askHash));
        AmdCertificate memory vcek = AmdCertificates.parse(der, true);
        require(vcek.commonNameHash == VCEK_NAME, AmdNameWrong(vcek.commonNameHash));
        require(!vcek.isCa && !vcek.maySign, AmdRoleWrong(vcek.isCa));
        require(vcek.facts.product == ask.product, VcekProductWrong(ask.product, vcek.facts.product));
        (bytes32 nameHash, bytes memory modulus) = _readAsk(ask.key);
        _assertIssued(vcek.frame, vcek.issuerHash, nameHash, modulus);
        _assertInForce(vcek.notBeforeUnixSec, vcek.notAfterUnixSec);
        require(
            block.timestamp <= ask.notAfterUnixSec,
            AmdNotInForce(0, ask.notAfterUnixSec, block.timestamp)
        );

        vcekHash = keccak256(Der.slice(vcek.key, vcek.key + 96));
        uint40 end = _earlier(vcek.notAfterUnixSec, ask.notAfterUnixSec);
        uint32 notAfterUnixSec = end > type(uint32).max ? type(uint32).max : uint32(end);
        if (_vceks[vcekHash].notAfterUnixSec >= notAfterUnixSec) return vcekHash;
        VcekRecord memory record = VcekRecord({
            platformId: AmdLeafExtensions.platformId(vcek.facts),
            askHash: askHash,
            serial: uint160(vcek.serial),
            tcb: AmdLeafExtensions.tcb(vcek.facts),
            notAfterUnixSec: notAfterUnixSec
        });
        _vceks[vcekHash] = record;
        emit VcekRegistered(vcekHash, record.platformId, ask.product, record.tcb, notAfterUnixSec);
    }

    /// @inheritdoc ISnpCollateral
    function vcekInForce(bytes32 vcekHash) external view returns (Endorsement memory) {
        VcekRecord memory vcek = _vceks[vcekHash];
        require(vcek.notAfterUnixSec != 0, VcekUnknown(vcekHash));
        require(block.timestamp <= vcek.notAfterUnixSec, VcekExpired(vcek.notAfterUnixSec, block.timestamp));
        AskRecord memory ask = _asks[vcek.askHash];
        uint40 listEnd = _isCrlRequired() ? _assertNotRevoked(ask, vcek.serial) : type(uint40).max;
        return Endorsement(vcek.platformId, vcek.tcb, ask.product, _earlier(vcek.notAfterUnixSec, listEnd));
    }

    /// @inheritdoc ISnpCollateral
    function vendorRootsHash() external view returns (bytes32) {
        return
            keccak256(abi.encode(_root(AmdProduct.MILAN), _root(AmdProduct.GENOA), _root(AmdProduct.TURIN)));
    }

    /// @inheritdoc ISnpCollateral
    function askOf(bytes32 askHash) external view returns (AskRecord memory) {
        return _asks[askHash];
    }

    /// @inheritdoc ISnpCollateral
    function vcekOf(bytes32 vcekHash) external view returns (VcekRecord memory) {
        return _vceks[vcekHash];
    }

    /// @inheritdoc ISnpCollateral
    function crlOf(uint8 product) external view returns (CrlRecord memory) {
        return _crls[product];
    }

    /// @inheritdoc ISnpCollateral
    function isRevoked(uint8 product, uint160 serial) public view returns (bool) {
        return _revoked[_revocationKey(product, _crls[product].thisUpdateUnixSec, serial)];
    }

    /// Returns when the list that says so ends.
    function _assertNotRevoked(AskRecord memory ask, uint160 vcekSerial) private view returns (uint40) {
        uint40 nextUpdateUnixSec = _crls[ask.product].nextUpdateUnixSec;
        require(
            block.timestamp <= nextUpdateUnixSec,
            CrlNotInForce(ask.product, nextUpdateUnixSec, block.timestamp)
        );
        require(!isRevoked(ask.product, ask.serial), AmdCertificateRevoked(ask.serial));
        // AMD gives every VCEK the serial 0, so a listed 0 revokes them all: better than none.
        require(!isRevoked(ask.product, vcekSerial), AmdCertificateRevoked(vcekSerial));
        return nextUpdateUnixSec;
    }

    function _assertIssued(
        AmdFrame memory frame,
        bytes32 issuerHash,
        bytes32 expectedIssuerHash,
        bytes memory modulus
    ) private view {
        require(issuerHash == expectedIssuerHash, AmdIssuerWrong(expectedIssuerHash, issuerHash));
        require(AmdSigned.isSignedBy(frame, modulus), AmdSignatureInvalid(issuerHash));
    }

    function _assertInForce(uint64 notBeforeUnixSec, uint64 notAfterUnixSec) private view {
        require(
            notBeforeUnixSec <= block.timestamp && block.timestamp <= notAfterUnixSec,
            AmdNotInForce(notBeforeUnixSec, notAfterUnixSec, block.timestamp)
        );
    }

    /// What `registerAsk` wrote: hash of the subject's name, modulus.
    function _readAsk(address key) private view returns (bytes32 nameHash, bytes memory modulus) {
        (uint256 start, ) = Blob.read(key);
        modulus = new bytes(512);
        assembly ("memory-safe") {
            nameHash := mload(start)
            mcopy(add(modulus, 0x20), add(start, 0x20), 512)
        }
    }

    function _productOfAuthority(bytes32 commonNameHash) private pure returns (uint8) {
        if (commonNameHash == keccak256("SEV-Milan")) return AmdProduct.MILAN;
        if (commonNameHash == keccak256("SEV-Genoa")) return AmdProduct.GENOA;
        require(commonNameHash == keccak256("SEV-Turin"), AmdNameWrong(commonNameHash));
        return AmdProduct.TURIN;
    }

    function _revocationKey(
        uint8 product,
        uint40 thisUpdateUnixSec,
        uint160 serial
    ) private pure returns (bytes32) {
        return bytes32((uint256(product) << 248) | (uint256(thisUpdateUnixSec) << 160) | serial);
    }

    /// Certificate times end before the year 10000.
    function _earlier(uint64 one, uint64 other) private pure returns (uint40) {
        return uint40(one < other ? one : other);
    }
}
