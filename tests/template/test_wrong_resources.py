"""What `resources` may not say: each wrong answer gets one line, whatever it is made of."""

import random
from typing import Any

import pytest
import yaml
from copier import Settings, run_copy

from tests.support.combinations import FRAMEWORKS
from tests.support.forms import path_in_project, template_files
from tests.support.projects import Projects
from tests.support.questions import ASKED, TEXTS, render
from tests.support.resources import EVERY_TYPE, NONE

ITEMS = {"name": "items", "singular": "item", "before_sign_in": True, "fields": ["name:str"]}
ENTRIES = {
    "5": "Write a list of entries, as `scaffold generate resource` does.",
    "orders": "Write a list of entries, as `scaffold generate resource` does.",
    "true": "Write a list of entries, as `scaffold generate resource` does.",
    "{a: b}": "Write a list of entries, as `scaffold generate resource` does.",
    "[1]": "resources: each entry has a name and fields. Write it as `scaffold generate resource` does.",
    "[null]": "resources: each entry has a name and fields. Write it as `scaffold generate resource` does.",
    "[[a]]": "resources: each entry has a name and fields. Write it as `scaffold generate resource` does.",
    '["orders"]': "resources: each entry has a name and fields. Write it as `scaffold generate resource` does.",
    "[{}]": "resources: an entry has no name of a resource. Add name: orders, or field_of: orders.",
    "[{name: orders}]": "orders: there is no field. Add one, such as title:str:100.",
    "[{name: orders, singular: order}]": "orders: there is no field. Add one, such as title:str:100.",
    "[{name: orders, singular: order, fields: x:str}]": "orders: the fields are no list of words. Write each as name:type, such as title:str:100.",
    "[{name: orders, singular: order, fields: {a: b}}]": "orders: the fields are no list of words. Write each as name:type, such as title:str:100.",
    "[{name: orders, singular: order, fields: [1]}]": "orders: the fields are no list of words. Write each as name:type, such as title:str:100.",
    "[{name: orders, singular: order, fields: []}]": "orders: there is no field. Add one, such as title:str:100.",
    "[{name: 5, singular: order, fields: [a:str]}]": "resources: an entry has no name of a resource. Add name: orders, or field_of: orders.",
    "[{name: orders, fields: [a:str]}]": "orders: the singular is 1 to 28 lower-case letters, digits and single underscores, such as order_line.",
    "[{name: orders, singular: true, fields: [a:str]}]": "orders: the singular is 1 to 28 lower-case letters, digits and single underscores, such as order_line.",
    "[{name: on, singular: o, fields: [a:str]}]": "resources: an entry has no name of a resource. Add name: orders, or field_of: orders.",
    "[{name: orders, singular: order, fields: [a:str], plural: x}]": "orders: no entry has 'plural'. Use name, singular, fields, owner, public_read, before_sign_in, revision.",
    "[{name: orders, singular: order, fields: [a:str], 5: x}]": "orders: no entry has '5'. Use name, singular, fields, owner, public_read, before_sign_in, revision.",
    "[{name: orders, singular: order, fields: [a:str], owner: 1}]": "orders: owner, public_read and before_sign_in are true or false. Correct or leave them out.",
    "[{name: orders, singular: order, fields: [a:str], public_read: maybe}]": "orders: owner, public_read and before_sign_in are true or false. Correct or leave them out.",
    "[{name: orders, singular: order, fields: [a:str], before_sign_in: null}]": "orders: owner, public_read and before_sign_in are true or false. Correct or leave them out.",
    "[{name: orders, singular: order, fields: [a:str], revision: 1}]": "orders: the revision is no text of hexadecimal digits of its own. Leave it out.",
    '[{name: orders, singular: order, fields: [a:str], revision: "0002"}]': "orders: the revision is no text of hexadecimal digits of its own. Leave it out.",
    '[{name: orders, singular: order, fields: [a:str], revision: "../x"}]': "orders: the revision is no text of hexadecimal digits of its own. Leave it out.",
    '[{name: orders, singular: order, fields: [a:str], revision: "01"},{name: parts, singular: part, fields: [a:str], revision: "01"}]': "parts: the revision is no text of hexadecimal digits of its own. Leave it out.",
    "[{field_of: orders, fields: [a:str:optional]}]": "orders: there is no resource of this name to add fields to. Generate it first.",
    "[{name: orders, field_of: orders, singular: order, fields: [a:str]}]": "orders: no entry has 'field_of'. Use name, singular, fields, owner, public_read, before_sign_in, revision.",
    '[{name: "a\\nb", singular: order, fields: [a:str]}]': "a?b: a resource is named with 1 to 28 lower-case letters, digits and single underscores, such as order_lines.",
    "[{name: orders, singular: order, fields: [a:str]},{name: orders, singular: order2, fields: [a:str]}]": "orders: there is a resource of this name already. Choose another, or add fields to it.",
    "[{name: orders, singular: order, fields: [a:str]},{name: all_orders, singular: order, fields: [a:str]}]": "all_orders: another resource has classes of the singular 'order' already. Choose another.",
    "[{name: orders, singular: order, fields: [a:str]},{name: order_pages, singular: order_page, fields: [a:str]}]": "order_pages: another resource has classes of the singular 'order_page' already. Choose another.",
    "[{name: order_pages, singular: order_page, fields: [a:str]},{name: orders, singular: order, fields: [a:str]}]": "orders: another resource has a class OrderPage already. Choose another singular.",
    "[{name: orders, singular: order, fields: [a:str]},{name: parts, singular: part, before_sign_in: true, fields: [a:str]}]": "parts: before_sign_in is true after an entry that is of a later time. Leave it out.",
    "[{name: orders, singular: order, fields: [a:str]},{field_of: orders, fields: [a:str:optional]}]": "orders: the field 'a' is there twice. Choose another name for one of them.",
    "[{name: orders, singular: order, fields: [a:str]},{field_of: orders, fields: [b:str]}]": "orders: the field 'b' is new to rows that there are. Make it b:str:optional or give it a default=VALUE.",
    "[{name: orders, singular: order, fields: [a:str]},{field_of: orders, fields: [b:uuid]}]": "orders: the field 'b' is new to rows that there are. Make it b:uuid:optional.",
    "[{name: orders, singular: order, fields: [a:str]},{field_of: orders, fields: [b:int:unique]}]": "orders: the field 'b' is new to rows that there are. Make it b:int:unique:optional.",
    "[{name: orders, singular: order, fields: [a:str]},{name: parts, singular: part, fields: [order:ref:orders]},{field_of: orders, fields: [part:ref:parts:optional]}]": "orders: the field 'part' refers to 'parts', which refers back to this resource, in a circle. Leave it out.",
    "[{name: orders, singular: order, fields: [a:str]},{name: parts, singular: part, fields: [order:ref:orders]},{name: bits, singular: bit, fields: [part:ref:parts]},{field_of: orders, fields: [bit:ref:bits:optional]}]": "orders: the field 'bit' refers to 'bits', which refers back to this resource, in a circle. Leave it out.",
    "[{name: orders, singular: order, fields: [part:ref:parts]},{name: parts, singular: part, fields: [a:str]}]": "orders: the field 'part' refers to 'parts', which is no resource from before this entry. Generate that first.",
}
NAMES = {
    "Orders": "Orders: a resource is named with 1 to 28 lower-case letters, digits and single underscores, such as order_lines.",
    "1orders": "1orders: a resource is named with 1 to 28 lower-case letters, digits and single underscores, such as order_lines.",
    "order-lines": "order-lines: a resource is named with 1 to 28 lower-case letters, digits and single underscores, such as order_lines.",
    "order__lines": "order__lines: a resource is named with 1 to 28 lower-case letters, digits and single underscores, such as order_lines.",
    "_orders": "_orders: a resource is named with 1 to 28 lower-case letters, digits and single underscores, such as order_lines.",
    "orders_": "orders_: a resource is named with 1 to 28 lower-case letters, digits and single underscores, such as order_lines.",
    "órders": "órders: a resource is named with 1 to 28 lower-case letters, digits and single underscores, such as order_lines.",
    "a"
    * 29: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa: a resource is named with 1 to 28 lower-case letters, digits and single underscores, such as order_lines.",
    "": "resources: an entry has no name of a resource. Add name: orders, or field_of: orders.",
    "order": "order: SQL reserves this name. Choose another, such as customer_order.",
    "user": "user: SQL reserves this name. Choose another, such as customer_user.",
    "group": "group: SQL reserves this name. Choose another, such as customer_group.",
    "table": "table: SQL reserves this name. Choose another, such as customer_table.",
    "select": "select: SQL reserves this name. Choose another, such as customer_select.",
    "class": "class: Python reserves this name. Choose another, such as customer_class.",
    "import": "import: Python reserves this name. Choose another, such as customer_import.",
    "auth": "auth: the service has something of this name already. Choose another, such as customer_auth.",
    "docs": "docs: the service has something of this name already. Choose another, such as customer_docs.",
    "ws": "ws: the service has something of this name already. Choose another, such as customer_ws.",
    "ml": "ml: the service has something of this name already. Choose another, such as customer_ml.",
    "server": "server: the service has something of this name already. Choose another, such as customer_server.",
    "health": "health: the service has something of this name already. Choose another, such as customer_health.",
    "users": "users: the service has something of this name already. Choose another, such as customer_users.",
    "sessions": "sessions: the service has something of this name already. Choose another, such as customer_sessions.",
    "main": "main: the service has something of this name already. Choose another, such as customer_main.",
    "models": "models: the service has something of this name already. Choose another, such as customer_models.",
    "database": "database: the service has something of this name already. Choose another, such as customer_database.",
    "settings": "settings: the service has something of this name already. Choose another, such as customer_settings.",
    "websockets": "websockets: the service has something of this name already. Choose another, such as customer_websockets.",
    "json": "json: the service has something of this name already. Choose another, such as customer_json.",
    "prediction": "prediction: the service has something of this name already. Choose another, such as customer_prediction.",
    "tests": "tests: the service has something of this name already. Choose another, such as customer_tests.",
}
PATHS_OF_PAGES = [
    "account",
    "api",
    "livez",
    "pages",
    "readyz",
    "sign_in",
    "sign_out",
    "sign_up",
    "static",
    "v2",
]
CLASSES_OF_PAGES = ["checkbox", "form", "form_data", "text_area", "yes_or_no_field"]
SINGULARS = {
    "": "orders: the singular is 1 to 28 lower-case letters, digits and single underscores, such as order_line.",
    "Order": "orders: the singular is 1 to 28 lower-case letters, digits and single underscores, such as order_line.",
    "class": "orders: Python reserves the singular 'class'. Choose another, such as customer_class.",
    "query": "orders: the service has something of the singular 'query' already. Choose another, such as customer_query.",
    "request": "orders: the service has something of the singular 'request' already. Choose another, such as customer_request.",
    "base": "orders: the service has something of the singular 'base' already. Choose another, such as customer_base.",
    "user": "orders: the service has something of the singular 'user' already. Choose another, such as customer_user.",
    "o"
    * 29: "orders: the singular is 1 to 28 lower-case letters, digits and single underscores, such as order_line.",
    "none": "orders: Python reserves the singular 'none'. Choose another, such as customer_none.",
    "false": "orders: the service has something of the singular 'false' already. Choose another, such as customer_false.",
    "field": "orders: the service has something of the singular 'field' already. Choose another, such as customer_field.",
}
FIELDS: dict[str, str] = {
    "": "orders: the field '' is not named with 1 to 30 lower-case letters, digits and single underscores, such as due_on.",
    "a": "orders: the field 'a' has no type that there is. Write a:TYPE, with one of str, text, int, bigint, float, decimal, bool, date, datetime, uuid, json, enum, ref.",
    "a:": "orders: the field 'a' has no type that there is. Write a:TYPE, with one of str, text, int, bigint, float, decimal, bool, date, datetime, uuid, json, enum, ref.",
    "a:string": "orders: the field 'a' has no type that there is. Write a:TYPE, with one of str, text, int, bigint, float, decimal, bool, date, datetime, uuid, json, enum, ref.",
    "A:str": "orders: the field 'A' is not named with 1 to 30 lower-case letters, digits and single underscores, such as due_on.",
    "a-b:str": "orders: the field 'a-b' is not named with 1 to 30 lower-case letters, digits and single underscores, such as due_on.",
    "1a:str": "orders: the field '1a' is not named with 1 to 30 lower-case letters, digits and single underscores, such as due_on.",
    "a__b:str": "orders: the field 'a__b' is not named with 1 to 30 lower-case letters, digits and single underscores, such as due_on.",
    "a" * 31
    + ":str": "orders: the field 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' is not named with 1 to 30 lower-case letters, digits and single underscores, such as due_on.",
    "class:str": "orders: the field 'class' has a name that Python reserves. Choose another, such as class_name.",
    "int:int": "orders: the field 'int' has a name that Python reserves. Choose another, such as int_name.",
    "id:int": "orders: the field 'id' has a name that every row has, or may have, already. Choose another, such as other_id.",
    "owner_id:int": "orders: the field 'owner_id' has a name that every row has, or may have, already. Choose another, such as other_owner_id.",
    "owner:str": "orders: the field 'owner' has a name that every row has, or may have, already. Choose another, such as other_owner.",
    "created_at:datetime": "orders: the field 'created_at' has a name that every row has, or may have, already. Choose another, such as other_created_at.",
    "updated_at:datetime": "orders: the field 'updated_at' has a name that every row has, or may have, already. Choose another, such as other_updated_at.",
    "keyword:str": "orders: the field 'keyword' has a name that the query of a list has already. Choose another, such as keyword_name.",
    "limit:int": "orders: the field 'limit' has a name that the query of a list has already. Choose another, such as limit_name.",
    "cursor:str": "orders: the field 'cursor' has a name that the query of a list has already. Choose another, such as cursor_name.",
    "metadata:json": "orders: the field 'metadata' has a name that the generated code uses itself. Choose another, such as metadata_name.",
    "registry:str": "orders: the field 'registry' has a name that the generated code uses itself. Choose another, such as registry_name.",
    "copy:str": "orders: the field 'copy' has a name that the generated code uses itself. Choose another, such as copy_name.",
    "json:json": "orders: the field 'json' has a name that the generated code uses itself. Choose another, such as json_name.",
    "dict:json": "orders: the field 'dict' has a name that Python reserves. Choose another, such as dict_name.",
    "schema:str": "orders: the field 'schema' has a name that the generated code uses itself. Choose another, such as schema_name.",
    "model_name:str": "orders: the field 'model_name' has a name that the generated code uses itself. Choose another, such as name.",
    "model_:str": "orders: the field 'model_' is not named with 1 to 30 lower-case letters, digits and single underscores, such as due_on.",
    "a:str:0": "orders: the field 'a' can have 1 to 255 characters at most. Write a:str:255.",
    "a:str:256": "orders: the field 'a' can have 1 to 255 characters at most. Write a:str:255.",
    "a:str:x": "orders: the field 'a' has 'x' where its length could be. Use a number, optional, unique, index or default=VALUE.",
    "a:str:10:10": "orders: the field 'a' has an option '10' that there is not. Use optional, unique, index or default=VALUE.",
    "a:text:100001": "orders: the field 'a' can have 1 to 100000 characters at most. Write a:text:100000.",
    "a:text:0": "orders: the field 'a' can have 1 to 100000 characters at most. Write a:text:100000.",
    "a:int:5": "orders: the field 'a' has '5' after its type, which int does not take. Use optional, unique, index or default=VALUE.",
    "a:bool:yes": "orders: the field 'a' has 'yes' after its type, which bool does not take. Use optional, unique, index or default=VALUE.",
    "a:decimal:0.0": "orders: the field 'a' has 1 to 15 digits, of which so many are decimal places. Write a:decimal:10.2.",
    "a:decimal:16.2": "orders: the field 'a' has 1 to 15 digits, of which so many are decimal places. Write a:decimal:10.2.",
    "a:decimal:2.3": "orders: the field 'a' has 1 to 15 digits, of which so many are decimal places. Write a:decimal:10.2.",
    "a:decimal:10": "orders: the field 'a' has 1 to 15 digits, of which so many are decimal places. Write a:decimal:10.2.",
    "a:decimal:-1.2": "orders: the field 'a' has 1 to 15 digits, of which so many are decimal places. Write a:decimal:10.2.",
    "a:enum": "orders: the field 'a' has no values. Write a:enum:one/two.",
    "a:enum:": "orders: the field 'a' has nothing after a colon. Write it as name:type:argument:option.",
    "a:enum:/": "orders: the field 'a' has values of other characters. Use 1 to 50 lower-case letters, digits, '_', '.' and '-', such as a:enum:one/two.",
    "a:enum:a//b": "orders: the field 'a' has values of other characters. Use 1 to 50 lower-case letters, digits, '_', '.' and '-', such as a:enum:one/two.",
    "a:enum:A/b": "orders: the field 'a' has values of other characters. Use 1 to 50 lower-case letters, digits, '_', '.' and '-', such as a:enum:one/two.",
    "a:enum:a/a": "orders: the field 'a' has a value twice, or two that only differ in '_', '.' and '-'. Leave one out.",
    "a:enum:a-b/a.b": "orders: the field 'a' has a value twice, or two that only differ in '_', '.' and '-'. Leave one out.",
    "a:enum:optional": "orders: the field 'a' has no values. Write a:enum:one/two.",
    "a:enum:"
    + "x"
    * 51: "orders: the field 'a' has values of other characters. Use 1 to 50 lower-case letters, digits, '_', '.' and '-', such as a:enum:one/two.",
    "create:enum:a/b": "orders: the field 'create' would need a class OrderCreate, which there is already. Choose another name.",
    "long_long_long_long_long_lon_x:enum:a/b": "orders: the field 'long_long_long_long_long_lon_x' has too long a name for the class of an enum. Use at most 28 characters.",
    "a:ref": "orders: the field 'a' refers to nothing. Write a:ref:RESOURCE.",
    "a:ref:orders": "orders: the field 'a' refers to its own resource, in a circle. Refer to another one.",
    "a:ref:nothing": "orders: the field 'a' refers to 'nothing', which is no resource from before this entry. Generate that first.",
    "a:str:required": "orders: the field 'a' has 'required' where its length could be. Use a number, optional, unique, index or default=VALUE.",
    "a:str:10:optional:optional": "orders: the field 'a' has an option twice. Leave one out.",
    "a:str::optional": "orders: the field 'a' has nothing after a colon. Write it as name:type:argument:option.",
    "a:str:optional:": "orders: the field 'a' has nothing after a colon. Write it as name:type:argument:option.",
    "a:bool:unique": "orders: the field 'a' cannot be unique, because it is of type bool. Leave unique out.",
    "a:text:unique": "orders: the field 'a' cannot be unique, because it is of type text. Leave unique out.",
    "a:json:unique": "orders: the field 'a' cannot be unique, because it is of type json. Leave unique out.",
    "a:enum:x/y:unique": "orders: the field 'a' cannot be unique, because it is of type enum. Leave unique out.",
    "a:text:index": "orders: the field 'a' cannot have an index, because it is of type text. Leave index out.",
    "a:json:index": "orders: the field 'a' cannot have an index, because it is of type json. Leave index out.",
    "a:str:unique:index": "orders: the field 'a' is unique, which has an index of its own. Leave index out.",
    "a:str:optional:default=x": "orders: the field 'a' is optional, or has a default, but not both. Leave one out.",
    "a:str:unique:default=x": "orders: the field 'a' is unique, so that a default would do for one row only. Leave one out.",
    "a:uuid:default=x": "orders: the field 'a' cannot have a default, because it is of type uuid. Make it optional.",
    "a:json:default=1": "orders: the field 'a' cannot have a default, because it is of type json. Make it optional.",
    "a:datetime:default=now": "orders: the field 'a' cannot have a default, because it is of type datetime. Make it optional.",
    "a:ref:items:default=1": "orders: the field 'a' cannot have a default, because it is of type ref. Make it optional.",
    "a:str:default=": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, of letters, digits, '.', '_', '/' and '-', such as default=new.",
    "a:str:3:default=abcd": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, of letters, digits, '.', '_', '/' and '-', such as default=new.",
    'a:str:default=a"b': "orders: the field 'a' has a default that it could not have itself. Give a value of its type, of letters, digits, '.', '_', '/' and '-', such as default=new.",
    "a:text:default=a b": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, of letters, digits, '.', '_', '/' and '-', such as default=new.",
    "a:int:default=x": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, such as default=1.",
    "a:int:default=2147483648": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, such as default=1.",
    "a:int:default=007": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, such as default=1.",
    "a:int:default=-0": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, such as default=1.",
    "a:bigint:default=9223372036854775808": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, such as default=1.",
    "a:float:default=1e5": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, such as default=1.5.",
    "a:float:default=nan": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, such as default=1.5.",
    "a:decimal:default=-1": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, such as default=0.",
    "a:decimal:4.2:default=100": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, such as default=0.",
    "a:decimal:4.2:default=1.234": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, such as default=0.",
    "a:bool:default=yes": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, which is default=true or default=false.",
    "a:date:default=2023-02-29": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, such as default=2026-01-31.",
    "a:date:default=2024-13-01": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, such as default=2026-01-31.",
    "a:date:default=today": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, such as default=2026-01-31.",
    "a:date:default=0000-01-01": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, such as default=2026-01-31.",
    "a:enum:x/y:default=z": "orders: the field 'a' has a default that it could not have itself. Give a value of its type, such as default=x.",
    "a:str:default=x:default=y": "orders: the field 'a' has an option twice. Leave one out.",
    "a:int:optional=true": "orders: the field 'a' has 'optional=true' after its type, which int does not take. Use optional, unique, index or default=VALUE.",
    "a:str a:int": "orders: the field 'a' is there twice. Choose another name for one of them.",
    "a_1:str a1:str": "orders: the field 'a1' differs from another one only by an underscore. Choose another name.",
    "price:decimal min_price:str": "orders: the field 'min_price' would narrow a list by 'min_price', as another field does. Choose another name.",
    "due:date due_after:str": "orders: the field 'due_after' would narrow a list by 'due_after', as another field does. Choose another name.",
}


def check(entries: str, pages: str = "plain") -> str:
    """What the rule says of an answer."""
    answers = {"resources": entries, "database": "sqlite", "auth": "jwt", "pages": pages}
    return render(ASKED["resources"]["validator"], answers).strip()


def written(*entries: dict[str, Any]) -> str:
    """The answer as the file of a project has it."""
    return yaml.safe_dump(list(entries), sort_keys=False)


def resource(**told: Any) -> dict[str, Any]:
    """An entry that is right, but for what is told."""
    return {"name": "orders", "singular": "order", "fields": ["a:str"], **told}


@pytest.mark.parametrize("answer", [str(TEXTS["resources"]), EVERY_TYPE, NONE])
def test_a_right_answer_is_taken(answer: str) -> None:
    assert check(answer) == ""


@pytest.mark.parametrize(("answer", "line"), ENTRIES.items())
def test_a_wrong_entry_is_named(answer: str, line: str) -> None:
    assert check(answer) == line


@pytest.mark.parametrize(("name", "line"), NAMES.items())
def test_a_wrong_name_is_named(name: str, line: str) -> None:
    assert check(written(resource(name=name))) == line


@pytest.mark.parametrize("name", CLASSES_OF_PAGES)
def test_a_class_of_pages_is_no_singular_where_there_are_pages(name: str) -> None:
    taken = f"orders: the service has something of the singular '{name}' already. Choose another, such as customer_{name}."
    assert check(written(resource(singular=name))) == taken
    assert check(written(resource(singular=name)), pages="none") == ""


@pytest.mark.parametrize("name", PATHS_OF_PAGES)
def test_a_path_of_pages_is_no_resource_where_there_are_pages(name: str) -> None:
    taken = f"{name}: the service has something of this name already. Choose another, such as customer_{name}."
    assert check(written(resource(name=name))) == taken
    assert check(written(resource(name=name)), pages="none") == ""
    # Its page is at /orders.
    assert check(written(resource(singular=name))) == ""


@pytest.mark.parametrize(("name", "line"), SINGULARS.items())
def test_a_wrong_singular_is_named(name: str, line: str) -> None:
    assert check(written(resource(singular=name))) == line


@pytest.mark.parametrize(("words", "line"), FIELDS.items())
def test_a_wrong_field_is_named(words: str, line: str) -> None:
    fields = [words] if "default=a b" in words else words.split(" ")
    assert check(written(ITEMS, resource(fields=fields))) == line


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ([f"a{n}:int" for n in range(61)], "there are more than 60 fields"),
        ([f"a{n}:str:60" for n in range(40)], "too long together for a row of MySQL"),
        ([f"a{n}:str:255" for n in range(59)], "too long together for a row of MySQL"),
        ([f"a{n}:text:1000" for n in range(16)], "too long together for a row of MySQL"),
    ],
)
def test_fields_that_no_row_can_hold_are_refused(fields: list[str], line: str) -> None:
    assert line in check(written(resource(fields=fields)))
    assert check(written(resource(fields=fields[:14]))) == ""


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_no_resource_hides_a_module_or_a_test_of_the_service(framework: str) -> None:
    paths = [path_in_project(template) for template in template_files(framework)]
    modules = {path.split("/")[1].removesuffix(".py") for path in paths if path.startswith("app/")}
    tests = {path[11:-3] for path in paths if path.startswith("tests/test_")}
    names = (modules | tests) - {"__init__", "__main__", "resource"}
    assert [name for name in sorted(names) if not check(written(resource(name=name)))] == []


def test_whatever_an_answer_is_made_of_it_is_refused_in_one_line() -> None:
    draw = random.Random("resources")  # noqa: S311 - which cases are tried is no secret
    told = [*resource(), "field_of", "owner", "before_sign_in", "revision"]
    keys = [*told, "public_read", 7, None]
    leaves = [None, True, 5, 1.5, "", "a", "orders", "a:str", "a:enum:x/y", ":", "::", "\0\n", "ü"]

    def anything(depth: int) -> Any:
        kind = draw.randrange(3 if depth else 1)
        if kind == 1:
            return [anything(depth - 1) for _ in range(draw.randrange(3))]
        if kind == 2:
            return {draw.choice(keys): anything(depth - 1) for _ in range(draw.randrange(4))}
        return draw.choice(leaves)

    for _ in range(500):
        wrong = check(yaml.safe_dump([resource(**{draw.choice(told): anything(3)})]))
        assert "\n" not in wrong
        assert "\n" not in check(yaml.safe_dump(anything(4)))


def test_copier_alone_shows_the_same_line(projects: Projects, tmp_path: Any) -> None:
    with pytest.raises(
        ValueError, match="the field 'class' has a name that Python reserves"
    ) as told:
        run_copy(
            str(projects.template()),
            tmp_path / "project",
            data={"resources": written(resource(fields=["class:str"]))},
            defaults=True,
            quiet=True,
            settings=Settings(),
        )
    assert FIELDS["class:str"] in str(told.value)
    assert not (tmp_path / "project").exists()
