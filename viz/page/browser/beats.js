export class GuidePanel { constructor(app) { this.app = app; } show() {} open() {} move() {} load() {} }
