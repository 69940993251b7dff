// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {VendorAnchor, VendorRoot} from "./VendorAnchor.sol";

/// Production. The Intel SGX Root CA (SHA-256 of its DER 44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3).
abstract contract IntelVendor is VendorAnchor {
    function _vendorRoot() internal pure override returns (VendorRoot memory) {
        return
            VendorRoot({
                keyX: 0x0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5,
                keyY: 0x67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394,
                // CN=Intel SGX Root CA, O=Intel Corporation, L=Santa Clara, ST=CA, C=US; the others differ in their CN
                subjectHash: 0x3112c8e9428b5c08824e727e3ea896f3597c8a91caeafe57d64a4bc08df71dfb,
                platformCaHash: 0xfc023d85bd2073504d59f24a7ab325cd1841e2aa6eb6f25512665d57128d616c,
                processorCaHash: 0x3e8717c2b8859b5d5e0c466dea5b49feedd67165b9ff9890405e87b6db3d2827,
                tcbSignerHash: 0x048bd42849dc20c563977be866923795e269396947dfe4773512441b25c9d413
            });
    }

    /// Those of AMD: ARK-Milan, ARK-Genoa, ARK-Turin.
    function _snpRootsHash() internal pure override returns (bytes32) {
        return 0xc4cc02d68cb79715e65495361d41fb8187c4fb54f84abe63ff8791750b02f4e9;
    }
}
