import { expect, test } from "vitest";
import { certificatesIn, keyOfTrusted } from "./certificate-chain.ts";

/**
 * Made by OpenSSL: the key `a` signs `b`, `b` signs `a`, and `a` signs `leaf` (digitalSignature), `server` (and extendedKeyUsage=serverAuth) and
 * `code` (and extendedKeyUsage=codeSigning): openssl x509 -req -in leaf.csr -CA root.pem -CAkey a.key -days 36500 -extfile EXTENSIONS. `root` is
 * that of `a`, signed by itself.
 */
const pem = {
  a: `-----BEGIN CERTIFICATE-----
MIIBbDCCARKgAwIBAgIBATAKBggqhkjOPQQDAjAMMQowCAYDVQQDDAFiMCAXDTI2
MTIwMTA1MDQwNloYDzIxMjYxMTA3MDUwNDA2WjAMMQowCAYDVQQDDAFhMFkwEwYH
KoZIzj0CAQYIKoZIzj0DAQcDQgAEhFSJs1fYuOsD+ru3TUc9rDDe0IMVxaLtp/Gk
VRPPnXG45QRxc4fK0xfANrCYqTaQJ5Ib1NoYaDZGemnQ1/CcCKNjMGEwDwYDVR0T
AQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwHQYDVR0OBBYEFKZhSbv2vpE414wE
8UzkaywE+akBMB8GA1UdIwQYMBaAFHKKtxkmaagEFI/+c+F/m5YxUdjnMAoGCCqG
SM49BAMCA0gAMEUCIQDkm0gEHgxkQc+M1y65wd6gD5fQD2/mvXFX4mSMmVkhSAIg
VzODzvDwcgOj3XDB1OpSGjgTeb7f7R6bknsqFUDBZyU=
-----END CERTIFICATE-----`,
  b: `-----BEGIN CERTIFICATE-----
MIIBbDCCARKgAwIBAgIBAjAKBggqhkjOPQQDAjAMMQowCAYDVQQDDAFhMCAXDTI2
MTIwMTA1MDQwNloYDzIxMjYxMTA3MDUwNDA2WjAMMQowCAYDVQQDDAFiMFkwEwYH
KoZIzj0CAQYIKoZIzj0DAQcDQgAEeYKAiHdx5B4B+p3E6h/EkR/e2LnQbeCsg5aP
bv4R1C6tdRschsBUb/e/OXViTa09VTueYPYJ/a1vQSMmJAsZKKNjMGEwDwYDVR0T
AQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwHQYDVR0OBBYEFHKKtxkmaagEFI/+
c+F/m5YxUdjnMB8GA1UdIwQYMBaAFKZhSbv2vpE414wE8UzkaywE+akBMAoGCCqG
SM49BAMCA0gAMEUCIQDlblNDb80xNSORScqCHmiOssi1GG9dAVEDVpJ7zmm7eAIg
IcYabl7xyQ/W2F3vxe8bsPhRVVJU0s0tv07YIxS9dW0=
-----END CERTIFICATE-----`,
  leaf: `-----BEGIN CERTIFICATE-----
MIIBXzCCAQSgAwIBAgIBAzAKBggqhkjOPQQDAjAMMQowCAYDVQQDDAFhMCAXDTI2
MTIwMTA1MDQwNloYDzIxMjYxMTA3MDUwNDA2WjAPMQ0wCwYDVQQDDARsZWFmMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVk+UCdQqlBjgvdvNE3ufVoMfwpTmbcC
m8hkWuMVy91TMPh2lpYCvAYoiFZ1vts//j1PxXtxiSisNHgwPG0TY6NSMFAwDgYD
VR0PAQH/BAQDAgeAMB0GA1UdDgQWBBRetww0fBWKhE9JUa4QQrEPWk4bejAfBgNV
HSMEGDAWgBSmYUm79r6RONeMBPFM5GssBPmpATAKBggqhkjOPQQDAgNJADBGAiEA
uifr2nNRZbY9GsRQfmfQ90tjLwlEVYrRuEWGNIFoPNYCIQC9hsVTFLTGrXsDGkJs
yYHlx5Q/rJxon8i79fANYNUqeA==
-----END CERTIFICATE-----`,
  server: `-----BEGIN CERTIFICATE-----
MIIBczCCARmgAwIBAgIBBDAKBggqhkjOPQQDAjAMMQowCAYDVQQDDAFhMCAXDTI2
MTIwMTA1MDQwNloYDzIxMjYxMTA3MDUwNDA2WjAPMQ0wCwYDVQQDDARsZWFmMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVk+UCdQqlBjgvdvNE3ufVoMfwpTmbcC
m8hkWuMVy91TMPh2lpYCvAYoiFZ1vts//j1PxXtxiSisNHgwPG0TY6NnMGUwDgYD
VR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMBMB0GA1UdDgQWBBRetww0
fBWKhE9JUa4QQrEPWk4bejAfBgNVHSMEGDAWgBSmYUm79r6RONeMBPFM5GssBPmp
ATAKBggqhkjOPQQDAgNIADBFAiEAxYEntaRvPT+7BVKKs1UyBNb2oz5TrPp9gK/6
nrPDSFoCIBqOTbnUVyVFyxl0zbn2n0OrFpmMo3PFahpx4JrR5QaQ
-----END CERTIFICATE-----`,
  code: `-----BEGIN CERTIFICATE-----
MIIBdDCCARmgAwIBAgIBBTAKBggqhkjOPQQDAjAMMQowCAYDVQQDDAFhMCAXDTI2
MTIwMTA1MDQwNloYDzIxMjYxMTA3MDUwNDA2WjAPMQ0wCwYDVQQDDARsZWFmMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVk+UCdQqlBjgvdvNE3ufVoMfwpTmbcC
m8hkWuMVy91TMPh2lpYCvAYoiFZ1vts//j1PxXtxiSisNHgwPG0TY6NnMGUwDgYD
VR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMDMB0GA1UdDgQWBBRetww0
fBWKhE9JUa4QQrEPWk4bejAfBgNVHSMEGDAWgBSmYUm79r6RONeMBPFM5GssBPmp
ATAKBggqhkjOPQQDAgNJADBGAiEAw6tKHzjQOp68vTfgsaETuW916hr4IePmYHx2
j0KUUgUCIQDBH2NUFkW6P5OLiaipZ9l5hix7Ad/Ucq55m89QLbnErA==
-----END CERTIFICATE-----`,
  root: `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUGbf6tzsp/6hEyDWr+X3823QYsREwCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBYTAgFw0yNjEyMDEwNTA0MDZaGA8yMTI2MTEwNzA1MDQwNlow
DDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABIRUibNX2Ljr
A/q7t01HPaww3tCDFcWi7afxpFUTz51xuOUEcXOHytMXwDawmKk2kCeSG9TaGGg2
Rnpp0NfwnAijYzBhMB0GA1UdDgQWBBSmYUm79r6RONeMBPFM5GssBPmpATAfBgNV
HSMEGDAWgBSmYUm79r6RONeMBPFM5GssBPmpATAPBgNVHRMBAf8EBTADAQH/MA4G
A1UdDwEB/wQEAwICBDAKBggqhkjOPQQDAgNIADBFAiEA2/E01b4k81X3Vx9b6RKW
vHV+NCRKhdaJEH+GroxZZKsCIGH68Fw3Ps00zzhbBFwLN8FUyUrL18aaBIe/8Lli
Ligx
-----END CERTIFICATE-----`,
} as const;

function certificate(name: keyof typeof pem): Buffer {
  const [one] = certificatesIn(pem[name], name);
  return one as Buffer;
}

test("certificates that vouch for each other in circles are refused, and not followed without end", () => {
  const circle = Array.from({ length: 20 }, () => [certificate("a"), certificate("b")]).flat();
  expect(() => keyOfTrusted([certificate("leaf"), ...circle], [])).toThrow(
    /vouch for each other in more than 200 ways/,
  );
});

test.each(["leaf", "code"] as const)("a certificate for signing holds: %s", (name) => {
  expect(keyOfTrusted([certificate(name)], [certificate("root")]).asymmetricKeyType).toBe("ec");
});

test("the certificate of a web server does not sign models", () => {
  expect(() => keyOfTrusted([certificate("server")], [certificate("root")])).toThrow(/is not one for signing/);
});
