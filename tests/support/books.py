"""A small book for tests: a studio with two partners and one service, short enough to read at a glance."""

from __future__ import annotations

BOOK = """
book: 1
business:
  id: studio
  name: {en: Studio, zh: 工作室}
  kind: studio
  place: US-CA
  currency: USD
  timezone: America/Los_Angeles
  contact:
    email: hello@studio.example.org
    phone: "+1 408 555 0100"
    address: {en: 1 Main Street, zh: 主街 1 号}
data:
  - id: contact
    name: {en: Your name and address, zh: 姓名和地址}
    example: {en: "Ann, ann@example.org", zh: "安，ann@example.org"}
  - id: visits
    name: {en: How often you came, zh: 您来过几次}
    example: {en: 12 visits, zh: 12 次}
purposes:
  - id: reminders
    name: {en: Reminders, zh: 提醒}
    what: {en: We remind you., zh: 我们提醒您。}
    why: {en: So that you do not forget., zh: 免得您忘记。}
    example: {en: A message the day before., zh: 前一天一条短信。}
    benefit: {en: You miss nothing., zh: 您不会错过。}
    if_no: {en: We do not remind you., zh: 我们不提醒您。}
    kind: service
    basis: contract
    data: [contact]
    default: {elsewhere: allow}
  - id: sharing
    name: {en: Sharing with others, zh: 分享给别人}
    what: {en: Others get your address., zh: 别人会得到您的地址。}
    why: {en: They ask how it was., zh: 他们会问您感觉怎样。}
    example: {en: One mail., zh: 一封邮件。}
    benefit: {en: Your view counts., zh: 您的看法有用。}
    if_no: {en: They get nothing., zh: 他们什么也拿不到。}
    kind: sharing
    basis: consent
    data: [contact]
    recipients: [reviews, stranger]
    default: {US-CA: allow}
    gpc: true
  - id: prices
    name: {en: A price for regulars, zh: 老客价}
    what: {en: We count your visits., zh: 我们数您来过几次。}
    why: {en: To thank you., zh: 为了感谢您。}
    example: {en: The tenth visit costs less., zh: 第十次便宜些。}
    benefit: {en: You pay less., zh: 您少付钱。}
    if_no: {en: You pay the same as everyone., zh: 您和大家付一样的钱。}
    kind: pricing
    basis: consent
    data: [visits]
    facts: [visits]
partners:
  - id: reviews
    name: {en: The review site, zh: 点评网站}
    what: {en: Shows what people think., zh: 展示大家的看法。}
    kind: review_site
    place: US-CA
    contract: {signed: 2025-01-01, clauses: [instructions, honour_opt_out, delete]}
    feed: {webhook: "http://127.0.0.1:9/inbox/reviews"}
  - id: stranger
    name: {en: The stranger, zh: 没签合同的}
    what: {en: Nobody signed anything., zh: 什么都没签。}
    kind: other
    place: US-CA
    feed: {webhook: "http://127.0.0.1:9/inbox/stranger"}
notice:
  version: "1"
  effective: 2026-01-01
  title: {en: Your data, zh: 您的资料}
  sections:
    - heading: {en: What we do, zh: 我们做什么}
      body: {en: Little., zh: 很少。}
costs:
  - {id: hour, name: {en: Time, zh: 工时}, kind: time, unit: hour, rate: "40.00"}
taxes:
  - {id: none, name: {en: No tax, zh: 无税}, rate: "0", why: {en: Services carry none here., zh: 这里的服务不收税。}}
services:
  - id: lesson
    name: {en: Lesson, zh: 一节课}
    what: {en: One hour., zh: 一小时。}
    unit: visit
    margin: "0.20"
    tax: none
    tiers:
      - id: single
        name: {en: Single, zh: 单节}
        what: {en: One person., zh: 一个人。}
        list_price: "80.00"
        uses: [{item: hour, quantity: "1"}]
loyalty:
  - id: regulars
    name: {en: Thank you, zh: 感谢}
    fact: visits
    levels: [{at_least: 10, change: "-0.10"}]
    why: {en: You come often., zh: 您常来。}
"""
