// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Ecdsa} from "./Ecdsa.sol";

/// Signatures of wallets: an EOA's key, or ERC-1271, or an ERC-7913 key (P-256, RSA, WebAuthn …), which has no address of
/// its own: its account is a hash of the verifier and the key, and its signature is an envelope that carries both.
library Signers {
    /// First four bytes of an ERC-7913 envelope; abi.encode(signer, signature) follows. No ECDSA signature is that long.
    bytes4 internal constant ERC7913_ENVELOPE = 0x79130000;
    uint256 private constant ADDRESS_LENGTH = 20;

    /// The key is tried first because looking for code costs more.
    function isSigned(
        address account,
        bytes32 digest,
        bytes calldata signature
    ) internal view returns (bool) {
        if (account == address(0)) return false;
        if (Ecdsa.recover(digest, signature) == account) return true;
        if (account.code.length != 0) {
            return SignatureChecker.isValidERC1271SignatureNowCalldata(account, digest, signature);
        }
        return
            signature.length > 4 &&
            bytes4(signature[:4]) == ERC7913_ENVELOPE &&
            _isSignedByKey(account, digest, signature[4:]);
    }

    /// @param signer verifier contract (20 bytes) ‖ key
    function accountOfKey(bytes memory signer) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked("hearth erc-7913 account", signer)))));
    }

    function _isSignedByKey(
        address account,
        bytes32 digest,
        bytes calldata envelope
    ) private view returns (bool) {
        (bytes memory signer, bytes memory signature) = abi.decode(envelope, (bytes, bytes));
        // Twenty bytes alone would be an address, which signs as itself above.
        return
            signer.length > ADDRESS_LENGTH &&
            accountOfKey(signer) == account &&
            SignatureChecker.isValidSignatureNow(signer, digest, signature);
    }
}
