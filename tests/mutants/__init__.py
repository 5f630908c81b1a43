"""Every guard of the product that was seen to be needed, with the test that holds it in place."""

from tests.mutants import intake, messaging, rights, security, services

MUTANTS = (
    *messaging.MUTANTS,
    *services.MUTANTS,
    *security.MUTANTS,
    *rights.MUTANTS,
    *intake.MUTANTS,
)
