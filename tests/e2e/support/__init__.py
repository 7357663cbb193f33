# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end stories share: the proxy under test, origins, and a raw client."""
