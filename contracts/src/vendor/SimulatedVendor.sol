// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {VendorAnchor, VendorRoot} from "./VendorAnchor.sol";

/// The development vendor, whose private keys everybody knows. It proves nothing about hardware.
abstract contract SimulatedVendor is VendorAnchor {
    /// Private key of the root: SHA-256("hearth simulated vendor root, worthless by design") mod the P-256 group order.
    function _vendorRoot() internal pure override returns (VendorRoot memory) {
        return
            VendorRoot({
                keyX: 0x3e36a0c50ac288b28d9e040a2556431e5b85e1a817e674f6fb998c15d920a29b,
                keyY: 0x266e5f1fc7634eeef38e36cf9129a4f54bb8bd2180d5ed1bfb3e139cfa78e216,
                // CN=Hearth Simulated SGX Root CA, O=Hearth development, worthless by design, L=Nowhere, ST=XX, C=XX; the
                // others differ in their CN
                subjectHash: 0xc99d4ea3159a571ede7a57a91c9cd6a1888d903546c66e2bc78eaa8de75f4ea6,
                platformCaHash: 0x5237be52645848cbaac7a27fb8ea4ef7e9499894f384a023f9d86b13e26523e6,
                processorCaHash: 0x432ed0d05d03e6d5cb48c61e13934e49df22218408bb1b7f8bc93fb935f809e1,
                tcbSignerHash: 0xe861e26a308602be88cbf9089d77d17d5ac0c26e413e33ade2d27183b3b500b1
            });
    }

    /// Those of SimulatedSnpCollateral.
    function _snpRootsHash() internal pure override returns (bytes32) {
        return 0x64f3e2722b79e89f82d5910f06ad190c9c31d0dadc1ff49d2754055b8a78332d;
    }
}
