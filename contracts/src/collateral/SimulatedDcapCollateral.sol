// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DcapCollateral} from "./DcapCollateral.sol";
import {SimulatedVendor} from "../vendor/SimulatedVendor.sol";

/// Development: what a vendor with public keys signs. No production deployment imports or deploys it.
contract SimulatedDcapCollateral is DcapCollateral, SimulatedVendor {}
