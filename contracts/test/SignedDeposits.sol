// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SettlementFixture} from "./SettlementFixture.t.sol";

/// What a buyer's wallet signs so that the escrow can take a deposit: the token's messages, under the token's domain.
abstract contract SignedDeposits is SettlementFixture {
    bytes32 private constant PERMIT_TYPEHASH = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant RECEIVE_TYPEHASH = keccak256(
        "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );

    function signPermit(
        uint256 ownerKey,
        uint256 amount,
        uint256 deadline
    ) internal view returns (uint8 v, bytes32 r, bytes32 s) {
        address owner = vm.addr(ownerKey);
        uint256 nonce = IERC20Permit(address(token)).nonces(owner);
        bytes32 structHash = keccak256(
            abi.encode(PERMIT_TYPEHASH, owner, address(market), amount, nonce, deadline)
        );
        return vm.sign(ownerKey, typedDigest("Hearth Test USD", address(token), structHash));
    }

    /// Good for the present second alone.
    function signReceive(
        uint256 ownerKey,
        address to,
        uint256 amount,
        bytes32 nonce
    ) internal view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 structHash = keccak256(
            abi.encode(
                RECEIVE_TYPEHASH,
                vm.addr(ownerKey),
                to,
                amount,
                block.timestamp - 1,
                block.timestamp + 1,
                nonce
            )
        );
        return vm.sign(ownerKey, typedDigest("Hearth Test USD", address(token), structHash));
    }
}
