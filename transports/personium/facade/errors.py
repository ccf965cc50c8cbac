"""Personium's refusals: a code, which holds the status, and a fixed text around what is wrong."""

from typing import Any

TEXTS = {
    "PR400-CM-0004": "JSON parse error. [{}].",
    "PR400-EV-0002": "Request header is invalid [X-Personium-RequestKey].",
    "PR400-OD-0001": "JSON parse error.",
    "PR400-OD-0003": "OData $filter Parse Error.",
    "PR400-OD-0004": "OData EntityKey Parse error.",
    "PR400-OD-0005": "$format value [{}] is invalid.",
    "PR400-OD-0006": "request body format error. field [{}]",
    "PR400-OD-0007": "[{}]",
    "PR400-OD-0009": "[{}] is required.",
    "PR400-OD-0013": "$inlinecount value [{}] is invalid.",
    "PR400-OD-0015": "Odata $orderby parse error.",
    "PR400-OD-0017": "OData $select Parse error.",
    "PR400-OD-0029": "Query value [{}]=[{}] is invalid.",
    "PR400-OD-0036": "OData Query [{}] parse error.",
    "PR400-OD-0039": "Total of the specified value of $expand exceeds the limit.",
    "PR400-OD-0043": "Unsupported operator specified in query.",
    "PR400-OD-0044": "Unsupported function specified in query.",
    "PR400-OD-0045": "An unknown property with name '{}' was found.",
    "PR400-OD-0046": "Mismatched operand/argument is specified for '{}'.",
    "PR400-OD-0047": "Operand or argument for '{}' has unsupported/invalid format.",
    "PR400-OD-0049": (
        "[{}] field format error. Cell URL should be normalized URL with http(s) scheme and "
        "trailing slash."
    ),
    "PR400-RM-0002": "Box corresponding to the schema can not be found. Schema [{}].",
    "PR400-SM-0001": "ToRelation [{}] does not exist.",
    "PR400-SM-0003": "The maximum number of destinations was exceeded.",
    "PR400-SM-0004": (
        "Box corresponding to the schema can not be found from the schema-authenticated token. "
        "Schema[{}]."
    ),
    "PR401-AU-0001": "Authorization required.",
    "PR401-AU-0002": "Access token expired.",
    "PR401-AU-0003": "Invalid authentication scheme.",
    "PR401-AU-0006": "Token parse error.",
    "PR401-AU-0007": "Can not access with refresh token.",
    "PR401-AU-0008": "Token dsig error.",
    "PR403-AU-0001": "Unit user access required.",
    "PR403-AU-0002": "Necessary privilege is lacking.",
    "PR404-MC-0001": "URI is not recognized.",
    "PR404-OD-0001": "No such entity set.",
    "PR404-OD-0002": "No such entity.",
    "PR405-MC-0001": "Method not allowed.",
    "PR406-OD-0001": "Not Acceptable:[{}].",
    "PR409-OD-0003": "The entity already exists.",
    "PR412-OD-0002": "ETag does not match.",
    "PR413-SV-0001": "The request is too large.",
    "PR415-OD-0001": "Unsupported media type:[{}].",
    "PR429-SV-0001": "Too many requests.",
    "PR500-SM-0001": "Sent Message connection error.",
    "PR500-SV-9999": "Unknown Exception [{}]",
}


class CellError(Exception):
    """An answer that refuses."""

    def __init__(self, code: str, *details: str, **headers: str) -> None:
        super().__init__(TEXTS[code].format(*details))
        self.code = code
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    @property
    def status(self) -> int:
        return int(self.code[2:5])

    def body(self) -> dict[str, Any]:
        lang = "en_US" if self.code == "PR500-SV-9999" else "en"
        return {"code": self.code, "message": {"lang": lang, "value": str(self)}}


def wrong_field(name: str) -> CellError:
    return CellError("PR400-OD-0006", name)
