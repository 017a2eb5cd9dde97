"""What the errors of sign-in tell a client."""

ACCESS_TOKEN_NEEDED = "A valid access token is needed."
CONCURRENT_REFRESH = "Another request spent the refresh token at the same moment."
EMAIL_TAKEN = "This address is taken."
INVALID_REFRESH_TOKEN = "The refresh token is not valid."
TOO_MANY_FAILURES = "There were too many failed sign-ins. Try again later."
WRONG_CREDENTIALS = "The address or the password is wrong."
