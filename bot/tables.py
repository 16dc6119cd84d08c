"""Every table of the house, for the migrations: importing a room's store lays its tables."""

import bot.delivery.broadcast
import bot.delivery.outbox
import bot.delivery.previews
import bot.news.store
import bot.people.audit
import bot.people.staff
import bot.people.store
import bot.reports.store
import bot.storage.arrivals
import bot.storage.heard
import bot.storage.keys
import flows.engine.store
import handlers.web.store

ROOMS = (
    bot.delivery.broadcast,
    bot.delivery.outbox,
    bot.delivery.previews,
    bot.news.store,
    bot.people.audit,
    bot.people.staff,
    bot.people.store,
    bot.reports.store,
    bot.storage.arrivals,
    bot.storage.heard,
    bot.storage.keys,
    flows.engine.store,
    handlers.web.store,
)
