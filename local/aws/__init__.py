"""The AWS API of the rehearsal: moto's server, told what it does not know by itself. Runs in the `aws` container."""
