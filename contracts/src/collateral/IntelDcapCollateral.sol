// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DcapCollateral} from "./DcapCollateral.sol";
import {IntelVendor} from "../vendor/IntelVendor.sol";

/// Production: what Intel signs.
contract IntelDcapCollateral is DcapCollateral, IntelVendor {}
