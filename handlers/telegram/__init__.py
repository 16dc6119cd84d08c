"""The Telegram door: what comes in through polling or a webhook, what goes out. The only room that imports aiogram."""
