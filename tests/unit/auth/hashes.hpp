// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Hashes of "open sesame", made by crypt(3) with salts of our choice.
namespace culvert::test {

inline constexpr const char* bcrypt_2b =
    "$2b$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW";
inline constexpr const char* bcrypt_2y =
    "$2y$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW";
inline constexpr const char* bcrypt_2a =
    "$2a$05$abcdefghijklmnopqrstuupx2xBUC4954936wVIjyyPHmUBFu0wCW";
inline constexpr const char* bcrypt_cost_12 =  // some 0.4 s
    "$2b$12$abcdefghijklmnopqrstuuq2uHH4t8IjTa8PV9VUUF1vssBH6WaR2";
inline constexpr const char* yescrypt =
    "$y$j9T$saltsaltsalt$b1KPsJq/OEd.3MwEU9eWyKlNNoW3sAIZKTpBLLPjsR6";
inline constexpr const char* gost_yescrypt =
    "$gy$j9T$saltsaltsalt$3.CL716ucCa5sEuIF/V6cYW6W5g3plNQLEaZjYozKL0";
inline constexpr const char* sha512_crypt =
    "$6$saltsalt$e/5XKibXPLqVcfjpD.ouauaJrAOL5V0uo80Lt7n7EbRdRiCx3HbQ90yjOHr.G0T."
    "mx79PEMRy8nmtr0qSYhQp1";
inline constexpr const char* sha512_crypt_rounds =
    "$6$rounds=1000$saltsalt$/IiX/CoEcxCZ9SksEXnbjfCT1LGvD4z5OpJkaFYl/"
    "T37OAwuKZ8I8BixDhruhPLkw6lS7dw/6wQWgQnGo7lLg/";
inline constexpr const char* sha256_crypt =
    "$5$saltsalt$yrhPKxCqiWcCE9h0g86j6Ugz7SDFdFm.BjU.d8RaQnC";
inline constexpr const char* md5_crypt = "$1$saltsalt$Yo6tRKYGO/jWyb1etwHDS/";
inline constexpr const char* des_crypt = "ab/G8gtZdMwak";

}  // namespace culvert::test
