// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {ITestUsd} from "../src/interfaces/ITestUsd.sol";
import {Base} from "./Base.t.sol";

contract TestUsdTest is Base {
    uint256 private constant HOLDER_KEY = 0x401d;

    address private token;

    function setUp() public {
        vm.warp(NOW);
        token = deploy("TestUsd", "");
    }

    function test_HasSixDecimals() public view {
        assertEq(IERC20Metadata(token).decimals(), 6, "decimals");
    }

    function test_RevertIf_MintedElsewhere() public {
        vm.chainId(1);
        vm.expectRevert(abi.encodeWithSelector(ITestUsd.MintOnlyOnTestChain.selector, 1));
        ITestUsd(token).mint(address(this), 1);
    }

    function test_PermitApprovesBySignature() public {
        address holder = vm.addr(HOLDER_KEY);
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
                ),
                holder,
                address(this),
                5,
                0,
                NOW
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(
            HOLDER_KEY,
            typedDigest("Hearth Test USD", token, structHash)
        );
        IERC20Permit(token).permit(holder, address(this), 5, NOW, v, r, s);
        assertEq(IERC20Metadata(token).allowance(holder, address(this)), 5, "allowance");
    }

    function test_Erc3009MovesMoneyToItsReceiver() public {
        address holder = vm.addr(HOLDER_KEY);
        ITestUsd(token).mint(holder, 7);
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
                ),
                holder,
                address(this),
                7,
                0,
                NOW + 1,
                keccak256("nonce")
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(
            HOLDER_KEY,
            typedDigest("Hearth Test USD", token, structHash)
        );
        IERC3009(token).receiveWithAuthorization(
            holder,
            address(this),
            7,
            0,
            NOW + 1,
            keccak256("nonce"),
            v,
            r,
            s
        );
        assertEq(IERC20Metadata(token).balanceOf(address(this)), 7, "balance");
    }
}
