// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IReleaseList} from "../interfaces/IReleaseList.sol";
import {EnclaveRecord, EnclaveRecords, PackedEnclave} from "../libraries/EnclaveRecord.sol";
import {ReleaseList} from "./ReleaseList.sol";

/// Platforms and enclave keys barred, over the records that registration writes.
abstract contract Revocations is ReleaseList {
    using EnclaveRecords for EnclaveRecord;

    /// Holder of a platform that nobody holds: a non-zero slot makes the first registration cheaper than the platform's.
    address internal constant NOBODY = address(1);
    /// Holder of a banned platform. It stands where the holder is read anyway, so that the ban costs registrations nothing.
    address internal constant BANNED = address(2);

    mapping(address enclaveKey => PackedEnclave) internal _enclaves;
    mapping(bytes32 platformId => address) internal _platformProviders;

    constructor(address authority_) ReleaseList(authority_) {}

    /// @inheritdoc IReleaseList
    function banPlatform(bytes32 platformId, address[] calldata enclaveKeys) external restricted {
        _platformProviders[platformId] = BANNED;
        emit PlatformBanned(platformId);
        _revoke(enclaveKeys);
    }

    /// @inheritdoc IReleaseList
    function unbanPlatform(bytes32 platformId) external restricted whenAdditionsOpen {
        require(_platformProviders[platformId] == BANNED, PlatformNotBanned(platformId));
        _platformProviders[platformId] = NOBODY;
        emit PlatformUnbanned(platformId);
    }

    /// @inheritdoc IReleaseList
    function revokeEnclaves(address[] calldata enclaveKeys) external restricted {
        _revoke(enclaveKeys);
    }

    /// @inheritdoc IReleaseList
    function isPlatformBanned(bytes32 platformId) external view returns (bool) {
        return _platformProviders[platformId] == BANNED;
    }

    /// @inheritdoc IReleaseList
    function usabilityOf(address enclaveKey) external view returns (Usability) {
        PackedEnclave enclave = _enclaves[enclaveKey];
        if (enclave.provider() == address(0)) return Usability.Unknown;
        if (enclave.isRevoked()) return Usability.Revoked;
        EnclaveRecord memory record = enclave.unpack();
        if (_isWithdrawn(record.releaseNumber)) return Usability.ReleaseWithdrawn;
        return block.timestamp > record.expiresAtUnixSec ? Usability.Expired : Usability.Usable;
    }

    function _revoke(address[] calldata enclaveKeys) private {
        for (uint256 i = 0; i < enclaveKeys.length; i++) {
            PackedEnclave enclave = _enclaves[enclaveKeys[i]];
            require(enclave.provider() != address(0), EnclaveUnknown(enclaveKeys[i]));
            _enclaves[enclaveKeys[i]] = enclave.revoked();
            emit EnclaveRevoked(enclaveKeys[i]);
        }
    }

    function _isSomebody(address holder) internal pure returns (bool) {
        return holder != address(0) && holder != NOBODY && holder != BANNED;
    }
}
