"""Answers to the question of resources that are awkward, but valid."""

# Every type with every option that it has, before sign-in and after it; short and long names, and names
# that modules, types or SQL have as well.
EVERY_TYPE = """
- name: items
  singular: item
  revision: "0001"
  before_sign_in: true
  fields:
  - name:text:100
  - description:text:1000:optional
  - category:str:50:optional:index
  - price:decimal:10.2
- name: orders
  singular: order
  before_sign_in: true
  fields:
  - code:str:20:unique
  - title:str:255:optional:index
  - kind:str:default=plain
  - text:text
  - note:text:2000:optional
  - body:text:100000:default=x
  - count:int:unique
  - size:int:optional:index
  - level:int:default=-3
  - number:bigint:unique:optional
  - total:bigint:default=9000000000
  - height:float
  - ratio:float:optional:index
  - rate:float:default=1.5
  - decimal:decimal
  - share:decimal:4.4:optional:unique
  - fee:decimal:15.0:default=7
  - open:bool:index
  - seen:bool:optional
  - on:bool:default=true
  - date:date:unique
  - due:date:optional:index
  - day:date:default=2024-02-29
  - datetime:datetime:index
  - to:datetime:optional:unique
  - uuid:uuid
  - key:uuid:optional:unique
  - data:json
  - any:json:optional
  - enum:enum:a/b-c/2.0
  - status:enum:new/paid:default=new:index
  - state:enum:x:optional
  - items:ref:items
  - group:ref:items:optional:unique
- field_of: items
  before_sign_in: true
  fields:
  - weight:int:unique:optional
  - colour:enum:red/green:default=red
  - story:text:2000:default=none
  - made:date:default=2024-01-01
  - active:bool:default=true
- name: a
  singular: b
  owner: false
  before_sign_in: true
  fields:
  - c:int
- name: inventory_of_all_warehouses1
  singular: stock_of_any_one_warehouse_1
  public_read: true
  fields:
  - items_that_are_in_this_one_now:ref:items
  - what_is_in_stock_and_unique_11:str:255:unique
  - a_date_after_which_it_is_bad_1:datetime:optional:index
  - kind_of_stock_it:enum:very-cold-and-very-wet-conditions/very-warm-and-very-dry-conditions/other
  - c:int:unique
- field_of: inventory_of_all_warehouses1
  fields:
  - what_else_is_there_and_unique1:bigint:optional:unique
  - longer_description_of_all_of_i:text:5000:default=nothing-to-say-about-it
- field_of: orders
  fields:
  - stock:ref:inventory_of_all_warehouses1:optional
"""

NONE = "[]"
